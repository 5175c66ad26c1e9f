"""Text that remembers how many bytes of the text as sent each of its characters stands for."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Replace = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Traced:
    """``text``, and after each of its characters the bytes of the original used up so far.

    ``size`` is the original's bytes in UTF-8; a lone surrogate counts as the one byte that
    replaces it.
    """

    text: str
    ends: list[int]
    size: int

    @classmethod
    def of(cls, text: str) -> "Traced":
        """Return ``text`` as it was sent."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        if text.isascii():
            return cls(text, list(range(1, len(text) + 1)), len(text))
        ends, size = [], 0
        for char in text:
            size += len(char.encode())
            ends.append(size)
        return cls(text, ends, size)

    def sub(self, pattern: re.Pattern[str], replace: Replace) -> "Traced":
        """Replace each match, as :func:`re.sub` does.

        The bytes of a match count once its last character has been spoken; those of a match
        that leaves nothing count with the next character.
        """
        parts: list[str] = []
        ends: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            new = replace(match)
            if new == match.group():
                continue
            start, stop = match.span()
            parts += (self.text[at:start], new)
            ends += self.ends[at:start]
            before = self.ends[start - 1] if start else 0
            ends += [before] * (len(new) - 1)
            if new:
                ends.append(self.ends[stop - 1] if stop else 0)
            at = stop
        if not parts:
            return self
        parts.append(self.text[at:])
        ends += self.ends[at:]
        return Traced("".join(parts), ends, self.size)

    def bytes_of(self, spans: list[tuple[int, int]]) -> list[int]:
        """Return the original bytes of consecutive ``spans``; together they are all bytes."""
        used, sizes = 0, []
        for number, (_, stop) in enumerate(spans, 1):
            end = self.size if number == len(spans) else self.ends[stop - 1]
            sizes.append(end - used)
            used = end
        return sizes
