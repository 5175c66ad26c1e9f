"""Where a text may be cut without tearing what a reader sees as one character."""

import unicodedata
from typing import Final

_JOINER: Final = "\u200d"
# The vowel signs of Thai and Lao that are written before the consonant they follow.
_LEADING_VOWELS: Final = frozenset("เแโใไເແໂໃໄ")
_VIRAMA: Final = 9  # canonical combining class of the signs that join two consonants


def _extends(char: str) -> bool:
    return (
        char in {_JOINER, "\u200c"}
        or unicodedata.category(char).startswith("M")
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags, in the flags of regions
        or "\uff9e" <= char <= "\uff9f"  # half-width kana marks
        or "\u1160" <= char <= "\u11ff"  # vowels and finals of decomposed Hangul
        or "\udc00" <= char <= "\udfff"  # the second half of a pair
    )


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def can_cut(text: str, position: int) -> bool:
    """Say whether ``text`` may be cut before the character at ``position``.

    A close approximation to the extended grapheme clusters of Unicode's annex 29: combining
    marks, joined emoji, flags, skin tones, decomposed Hangul, conjuncts and surrogate pairs
    stay whole.
    """
    if not 0 < position < len(text):
        return True
    before, after = text[position - 1], text[position]
    if _extends(after) or before in _LEADING_VOWELS or before == _JOINER:
        return False
    if before == "\r" and after == "\n":
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return False
    if _is_flag_letter(before) and _is_flag_letter(after):
        letters = 0
        while letters < position and _is_flag_letter(text[position - 1 - letters]):
            letters += 1
        return letters % 2 == 0
    return True
