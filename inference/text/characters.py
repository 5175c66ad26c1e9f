"""What each single character is read as, by a rule with a name."""

import re
import unicodedata
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Final


class Rule(StrEnum):
    """Why a character is read as it is; docs/text.md says it in full."""

    KEPT = "kept"  # the engine reads it, or pauses for it
    DIGIT = "digit"
    NUMERAL = "numeral"
    COMPATIBILITY = "compatibility"
    APOSTROPHE = "apostrophe"
    SPACE = "space"
    INVISIBLE = "invisible"  # left out, the word goes on
    SYMBOL = "symbol"  # by its Unicode name in English, else by the voice's word if it has one
    MARK = "mark"  # part of the letter before it
    PUNCTUATION = "punctuation"  # a pause, or the tone of a sentence
    MARKUP = "markup"  # left out, the word ends; so are the rest
    DECORATION = "decoration"
    UNASSIGNED = "unassigned"


# Read by the voices as they are, although they have a numeric value or a decomposition: Latin-1's
# fractions and powers, the ordinals, the micro sign and marks that split_text knows.
_LEFT_TO_VOICES: Final = frozenset("½¼²³ªºµ…，。！？：；、（）〜〇")  # noqa: RUF001
# Thai and Lao write these as one letter, and read their decomposition as nothing.
_WHOLE: Final = frozenset("\u0e33\u0eb3\u0edc\u0edd\u0f0c\u0f77\u0f79")
_COMPAT_JAMO: Final = range(0x3131, 0x318F)
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_APOSTROPHES: Final = frozenset(
    "\u0374\u2018\u2019\u201a\u201b\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u02ee"
    "\u055a\u05f3\u07f4\u07f5\ua78b\ua78c\uff07\u00b4\u2032\u2035\u1fbd\u1fbf\u1ffd\u1ffe\u0384"
)
_QUOTES: Final = frozenset(
    "\u05f4\u201c\u201d\u201e\u201f\u2033\u2036\uff02\u02ba\u301d\u301e\u301f"
)
_MARKUP: Final = frozenset("<>|^#*_~`\\")
_DASHES: Final = {"\u2010": "-", "\u2011": "-", "\u2043": "-", "\u2044": "/", "\u2212": "-"}
_SEPARATORS: Final = {"\u066a": "%", "\u066b": ".", "\u066c": ","}
_LETTER_NAME: Final = re.compile(
    r"(?:CIRCLED|SQUARED|TURNED|REGIONAL INDICATOR).*\b(?:LETTER|SYMBOL LETTER) ([A-Z])$"
)
_SPOKEN_SYMBOLS: Final = frozenset("+=$%&@°±×÷¬")  # noqa: RUF001


@lru_cache(maxsize=1 << 14)
def reading_of(char: str) -> tuple[str, Rule]:
    """Return what ``char`` is read as (nothing, a space or some characters), and the rule."""
    if char.isascii():
        return _of_ascii(char)
    category = unicodedata.category(char)
    return (
        _of_blank(char, category)
        or _of_mark(char)
        or _of_number(char, category)
        or _of_compatible(char)
        or _of_rest(char, category)
    )


def is_variation_selector(char: str) -> bool:
    """Say whether ``char`` only chooses the look of the one before it."""
    return (
        "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
        or "\u180b" <= char <= "\u180f"
    )


def _of_ascii(char: str) -> tuple[str, Rule]:
    if char in _MARKUP:
        return char, Rule.MARKUP  # by its context, see markup.py
    if char.isalnum() or char in _SPOKEN_SYMBOLS:
        return char, Rule.KEPT
    if char.isprintable() and char != " ":
        return char, Rule.PUNCTUATION
    if char in " \n\t":
        return char, Rule.SPACE
    return " ", Rule.SPACE


def _of_blank(char: str, category: str) -> tuple[str, Rule] | None:
    if category in {"Cn", "Co", "Cs"}:
        return " ", Rule.UNASSIGNED
    if category in {"Zl", "Zp"} or char == "\x85":
        return "\n", Rule.SPACE
    if char.isspace() or char in "\u200b\u2800" or category == "Cc":
        return " ", Rule.SPACE
    if category == "Cf" or char in _FILLERS or is_variation_selector(char):
        return "", Rule.INVISIBLE
    return None


def _of_mark(char: str) -> tuple[str, Rule] | None:
    if char in _APOSTROPHES:
        return "'", Rule.APOSTROPHE
    if char in _QUOTES:
        return '"', Rule.APOSTROPHE
    if char in _LEFT_TO_VOICES or char in _WHOLE or ord(char) in _COMPAT_JAMO:
        kinds = {"P": Rule.PUNCTUATION, "M": Rule.MARK}
        return char, kinds.get(unicodedata.category(char)[0], Rule.KEPT)
    return None


def _of_number(char: str, category: str) -> tuple[str, Rule] | None:
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit), Rule.DIGIT
    value = unicodedata.numeric(char, None)
    if value is None or category not in {"No", "Nl", "So"}:
        return None
    return str(Fraction(value).limit_denominator(1000)), Rule.NUMERAL


def _of_compatible(char: str) -> tuple[str, Rule] | None:
    if char in _DASHES or char in _SEPARATORS:
        return _DASHES.get(char) or _SEPARATORS[char], Rule.COMPATIBILITY
    tag, _, codes = unicodedata.decomposition(char).partition("> ")
    if not tag.startswith("<"):
        found = _LETTER_NAME.search(unicodedata.name(char, ""))
        return (found.group(1), Rule.COMPATIBILITY) if found else None
    parts = "".join(chr(int(code, 16)) for code in codes.split())
    if parts[:1] == " " and parts.strip():
        return " ", Rule.DECORATION  # a spacing accent, which stands for no sound
    return "".join(reading_of(part)[0] for part in parts), Rule.COMPATIBILITY


def _of_rest(char: str, category: str) -> tuple[str, Rule]:
    if category == "Sm":
        return char, Rule.SYMBOL
    if category in {"Mn", "Mc"}:
        return char, Rule.MARK
    if category[0] == "P":
        return char, Rule.PUNCTUATION
    if category[0] in "LN" or category == "Sc" or char in _SPOKEN_SYMBOLS:
        return char, Rule.KEPT
    return ("" if category == "Me" else " "), Rule.DECORATION
