"""Where sentences end, in any script."""
# ruff: noqa: RUF001 - the punctuation of other scripts is what is meant

import re
from collections.abc import Iterator
from typing import Final

# Ends of sentences that need no space after them, in scripts that have them to themselves.
_FULL_STOPS: Final = "。！？｡؟۔।॥።፧။៕።᠃᠉։‼⁇⁈⁉"
# And those of Latin, Greek and Cyrillic, which also stand inside numbers, names and URLs.
_POINTS: Final = ".!?…"
CLOSERS: Final = "\"'”’»›)]}」』）】》〉｣"

_END: Final = re.compile(rf"[{_FULL_STOPS}{_POINTS}]+[{re.escape(CLOSERS)}]*")
_PARAGRAPH: Final = re.compile(r"\n(?:[ \t\r]*\n\s*|(?=[ \t]*(?:[-*•]|\d{1,3}[.)])\s))")

_PAIRS: Final = {"(": ")", "[": "]", "（": "）", "「": "」", "『": "』", "【": "】", "《": "》"}

# Those that stand before a name or a number, so that a sentence hardly ends with them.
_ABBREVIATIONS: Final = re.compile(
    "adm|al|approx|ave|bldg|blvd|bros|bzw|ca|capt|cf|cmdr|co|col|cpl|dept|dipl|dr|eds|exc|fr|ggf"
    "|gov|hr|ing|jr|lic|lt|ltd|maj|mlle|mme|mr|mrs|ms|mt|mtn|nr|pres|prof|resp|rev|sen|sgt|sig|sog"
    "|sr|sra|srta|st|ste|tel|univ|vgl|vs|zzgl|т|г|ул|им|стр|рис",
    re.IGNORECASE,
)
# Those that are words of their own unless a number follows.
_BEFORE_NUMBERS: Final = re.compile(
    "apr|art|aug|ch|dec|feb|fig|figs|jan|jul|jun|mar|no|nos|nov|oct|op|p|pp|sec|sect|sep|sept|vol",
    re.IGNORECASE,
)

_LAST_WORD: Final = re.compile(r"[^\s(\[{\"'“‘«„]*$")
_DOTTED: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")  # e.g  U.S  z.B
# The number of a list's item, or an ordinal as German writes it.
_NUMBER: Final = re.compile(r"\d{1,2}")
# How far to look past a full stop for the word that follows.
_NEAR = 80


def paragraph_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of paragraphs and list items, with the white space after each."""
    start = 0
    for match in _PARAGRAPH.finditer(text):
        if match.end() > start:
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def sentence_ends(text: str, start: int, end: int) -> Iterator[tuple[int, bool]]:
    """Yield each position in ``text[start:end]`` just after a sentence and its closing quotes.

    The flag says whether the position lies outside all brackets; a bracket that is never
    closed (a smiley) does not count.
    """
    inside = _bracketed(text, start, end)
    for match in _END.finditer(text, start, end):
        if match.end() < end and _ends_sentence(text, match, start, end):
            yield match.end(), not inside[match.end() - 1 - start]


def _ends_sentence(text: str, match: re.Match[str], start: int, end: int) -> bool:
    marks = match.group().rstrip(CLOSERS)
    following = text[match.end() : min(end, match.end() + _NEAR)]
    if any(mark in _FULL_STOPS for mark in marks):
        return True
    if not following[0].isspace():
        # Only a script without spaces goes on at once: 你好!我 but neither 3.14 nor a.b?c
        return not following[0].isascii() and _is_wide(following[0]) and marks != "."
    rest = following.lstrip()
    opening = rest.lstrip("\"'“‘«„([{¿¡-–—")
    if opening and opening[0].islower():
        return False
    if marks != ".":
        return True
    before = text[max(start, match.start() - _NEAR) : match.start()]
    return match.group() != "." or not _is_abbreviation(before, rest)


def _is_abbreviation(before: str, rest: str) -> bool:
    found = _LAST_WORD.search(before)
    word = found.group() if found else ""
    if any(known.fullmatch(word) for known in (_ABBREVIATIONS, _DOTTED, _NUMBER)):
        return True
    if _BEFORE_NUMBERS.fullmatch(word) and rest[:1].isdigit():
        return True
    # An initial; but "I" ends sentences far more often than it stands for a name.
    return len(word) == 1 and word.isalpha() and word.isupper() and word != "I"


def _is_wide(char: str) -> bool:
    return "\u2e80" <= char <= "\ud7ff" or "\uf900" <= char <= "\uffef"


def _bracketed(text: str, start: int, end: int) -> bytearray:
    inside = bytearray(end - start)
    stack: list[tuple[str, int]] = []
    for index in range(start, end):
        char = text[index]
        if char in _PAIRS:
            stack.append((_PAIRS[char], index))
        elif stack and char == stack[-1][0]:
            opened = stack.pop()[1]
            if not stack:
                inside[opened - start : index - start] = b"\1" * (index - opened)
    return inside
