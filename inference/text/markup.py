"""Markup that comes with a text and is no part of what it says."""

import re
from typing import Final

_INLINE: Final = "voice|prosody|emphasis|sub|lang|span|a|b|i|u|em|strong|small|big|font|wbr"
_BLOCK: Final = (
    "speak|break|say-as|phoneme|audio|mark|p|s|w|par|seq|media|desc|lexicon|lookup|meta|metadata"
    "|token|amazon:[a-z-]+|mstts:[a-z-]+|html|head|body|div|del|ins|strike|code|pre|kbd|samp|var"
    "|tt|br|hr|img|h[1-6]|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|caption|blockquote|q"
    "|cite|sup|center|label|section|article|header|footer|main|nav|aside|figure|figcaption|details"
    "|summary"
)
_VALUE: Final = r"""(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"'=/]+)"""
TAG: Final = re.compile(
    rf"</?(?:(?P<inline>{_INLINE})|{_BLOCK})(?:\s+[\w:.-]+\s*=\s*{_VALUE})*\s*/?>",
    re.IGNORECASE,
)
"""A tag of SSML or HTML, known by its name; other words in angle brackets are words."""

SIGNS: Final = re.compile(r"[<>|^*_~`\\]|(?<![^\W_])#(?![^\W_])")
"""Signs that are not read. The number sign is, where it touches a letter or a digit."""

_OPERAND: Final = r"(?:\d+(?:[.,]\d+)*|[^\W\d_])"
OPERATOR: Final = re.compile(
    rf"(?<![^\W_])(?P<left>{_OPERAND})\s*(?P<sign>[<>*^])\s*(?={_OPERAND}(?![^\W_]))"
)
"""One of the signs between two numbers or single letters, where it is arithmetic."""

_OPERATORS: Final = {
    "en": ("less than", "greater than", "times", "to the power of"),
    "de": ("kleiner als", "größer als", "mal", "hoch"),
    "es": ("menor que", "mayor que", "por", "elevado a"),
    "fr": ("inférieur à", "supérieur à", "fois", "puissance"),
    "it": ("minore di", "maggiore di", "per", "alla"),
    "nl": ("kleiner dan", "groter dan", "keer", "tot de macht"),
    "pt": ("menor que", "maior que", "vezes", "elevado a"),
}


def without_tag(match: re.Match[str]) -> str:
    """Return what stands for a tag: nothing where it only dresses letters, else a space."""
    return "" if match["inline"] else " "


def operator(match: re.Match[str], language: str) -> str:
    """Return an operator in words, where ``language`` is one whose words are known."""
    words = _OPERATORS.get(language)
    if words is None:
        return match.group()
    return f"{match['left']} {words['<>*^'.index(match['sign'])]} "
