"""How many words a text has, in scripts with and without spaces."""

import unicodedata
from bisect import bisect_right
from typing import Final

# Counted in quarters of a word. Chinese and Japanese words have about two characters; those of
# the scripts of south-east Asia about four, not counting the signs above and below.
_WORD: Final = 4
_UNSPACED: Final = (
    ("\u0e00", "\u0fff", 1),  # Thai, Lao, Tibetan
    ("\u1000", "\u109f", 1),  # Burmese
    ("\u1780", "\u17ff", 1),  # Khmer
    ("\u3005", "\u3007", 2),
    ("\u3040", "\u312f", 2),  # kana, bopomofo
    ("\u3400", "\u9fff", 2),  # Han
    ("\uf900", "\ufaff", 2),
    ("\uff66", "\uff9d", 2),
    ("\U00020000", "\U0003ffff", 2),
)


def count_words(text: str) -> int:
    """Return the words of ``text``: what stands between spaces and has a letter or a digit.

    Where a script has no spaces, two characters (Chinese, Japanese) or four (Thai, Lao,
    Burmese, Khmer, Tibetan) count as a word; a part of a word is one.
    """
    return WordCount(text).between(0, len(text))


class WordCount:
    """Counts the words of any stretch of one text, each at once."""

    def __init__(self, text: str) -> None:
        self._before = [0]  # quarters of words that begin before each position
        self._open = []  # positions where a word goes on that has begun before
        inside = False
        for char in text:
            cost = _unspaced(char)
            if cost or char.isspace():
                inside = False
            self._open.append(inside)
            if not cost and not inside and char.isalnum():
                inside, cost = True, _WORD
            self._before.append(self._before[-1] + cost)
        self._open.append(False)

    def between(self, start: int, end: int) -> int:
        """Return the words in ``text[start:end]``; a part of one counts as one."""
        return -(-(self._before[end] - self._begun(start)) // _WORD)

    def reach(self, start: int, most: int) -> int:
        """Return the last position up to which there are at most ``most`` words from ``start``."""
        return bisect_right(self._before, self._begun(start) + most * _WORD) - 1

    def _begun(self, start: int) -> int:
        return self._before[start] - (_WORD if self._open[start] else 0)


def _unspaced(char: str) -> int:
    if char < "\u0e00":
        return 0
    for first, last, cost in _UNSPACED:
        if first <= char <= last:
            return cost if unicodedata.category(char)[0] in "LN" else 0
    return 0
