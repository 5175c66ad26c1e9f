"""Text into pieces that an engine speaks one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from inference.audio.graphemes import can_cut
from inference.audio.sentences import CLOSERS, paragraph_spans, sentence_ends
from inference.audio.words import WordCount

# Engines speak a word or two on its own badly. In bytes, a piece this short is one in any
# script: four English words or seven Chinese characters.
_SHORT_BYTES: Final = 20

_CLAUSE_ENDS: Final = frozenset(",;:—–، ؛、，；：·؍၊፣፤፥")  # noqa: RUF001 - as written
_CLAUSE_ENDS_ALONE: Final = frozenset("—、，；：၊፣፤፥")  # noqa: RUF001 - no space follows these

_FORESIGHT: Final = 100  # characters

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text to be spoken at once.

    ``text`` has no white space at its edges and single spaces inside; ``text_bytes`` is what
    it takes up of the original text in UTF-8, with the white space around it.
    """

    text: str
    text_bytes: int


def split_text(text: str, max_chars: int = 300, *, max_words: int | None = None) -> list[Piece]:
    """Split ``text`` at sentence ends into pieces of at most ``max_chars`` characters.

    With ``max_words`` a piece has at most so many words too, as
    :func:`~inference.audio.words.count_words` counts them. Very short sentences join a
    neighbour; an over-long one is cut at a clause, else at a space, else between two
    characters as readers see them. Pieces hold every character but white space, in order, and
    their bytes add up to those of the whole ``text``. Blank text gives no pieces. Raises
    ValueError for a limit below 1.
    """
    spans = split_spans(text, max_chars, max_words=max_words)
    return _pieces(text, spans)


def split_spans(text: str, max_chars: int = 300, *, max_words: int | None = None) -> list[Span]:
    """Return where the pieces of :func:`split_text` begin and end in ``text``."""
    limits = _Limits(text, max_chars, max_words)
    spans = [
        span
        for paragraph in paragraph_spans(text)
        for sentence in _sentences(text, *paragraph)
        for span in _cut(text, sentence, limits)
    ]
    return _merged(text, spans, limits)


class _Limits:
    """How much of ``text`` a piece may hold."""

    def __init__(self, text: str, max_chars: int, max_words: int | None) -> None:
        if max_chars < 1:
            raise ValueError(f"max_chars must be positive: {max_chars}")
        if max_words is not None and max_words < 1:
            raise ValueError(f"max_words must be positive: {max_words}")
        self._chars = max_chars
        self._most_words = max_words
        self._words = None if max_words is None else WordCount(text)

    def parts(self, start: int, end: int) -> int:
        """Return how many pieces ``text[start:end]`` needs at least."""
        parts = -(-(end - start) // self._chars)
        if self._words is None or self._most_words is None:
            return parts
        return max(parts, -(-self._words.between(start, end) // self._most_words))

    def reach(self, start: int) -> int:
        """Return the last position at which a piece from ``start`` may end."""
        reach = start + self._chars
        if self._words is None or self._most_words is None:
            return reach
        return min(reach, self._words.reach(start, self._most_words))


def _pieces(text: str, spans: list[Span]) -> list[Piece]:
    # Blank spans have been merged away, so the whole text is accounted for.
    pieces = []
    for start, end in spans:
        words = " ".join(text[start:end].split())
        if words:
            pieces.append(Piece(words, _size(text[start:end])))
    return pieces


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    for position, outside in sentence_ends(text, start, end):
        if outside:
            stop = _after_space(text, position, end)
            yield start, stop
            start = stop
    if start < end:
        yield start, end


def _after_space(text: str, position: int, end: int) -> int:
    while position < end and text[position].isspace():
        position += 1
    return position


def _merged(text: str, spans: list[Span], limits: _Limits) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged:
            before = merged[-1]
            first = _after_space(text, before[0], end)
            last = first + len(text[first:end].rstrip())
            short = _is_short(text, before) or _is_short(text, (start, end))
            blank = not text[start:end].strip() or not text[before[0] : before[1]].strip()
            if blank or (short and limits.parts(first, last) <= 1):
                merged[-1] = (before[0], end)
                continue
        merged.append((start, end))
    return merged


def _is_short(text: str, span: Span) -> bool:
    words = text[span[0] : span[1]].strip()
    return _size(words) < _SHORT_BYTES or not any(char.isalnum() for char in words)


def _cut(text: str, span: Span, limits: _Limits) -> Iterator[Span]:
    start, end = span
    while True:
        first = _after_space(text, start, end)
        length = len(text[first:end].rstrip())
        parts = limits.parts(first, first + length)
        if parts <= 1:
            yield start, end
            return
        # Even parts sound better than a full one and a stub.
        at = _best_cut(text, first, limits.reach(first), first + length // parts, end)
        at = _after_space(text, at, end)
        yield start, at
        start = at


def _best_cut(text: str, first: int, last: int, ideal: int, end: int) -> int:
    # Whether a sentence ends is seen from what follows, but not from far.
    nearby = min(end, last + _FORESIGHT)
    sentences = [at for at, _ in sentence_ends(text, first, nearby) if at <= last]
    clauses = [at for at in range(first + 1, last + 1) if _ends_clause(text, at)]
    enough = first + (last - first) // 4
    for places in (sentences, clauses):
        fair = [at for at in places if at > enough and can_cut(text, at)]
        if fair:
            return min(fair, key=lambda at: abs(at - ideal))
    spaces = [at for at in range(first + 1, last + 1) if text[at].isspace() and can_cut(text, at)]
    if spaces:
        return min(spaces, key=lambda at: abs(at - ideal))
    for at in range(last, first, -1):
        if can_cut(text, at):
            return at
    return last  # one character of the reader's is longer than a piece may be


def _ends_clause(text: str, at: int) -> bool:
    before = text[at - 1]
    if before in _CLAUSE_ENDS_ALONE:
        return text[at] not in CLOSERS
    return before in _CLAUSE_ENDS and text[at].isspace()
