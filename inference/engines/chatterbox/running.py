"""An utterance that has been admitted: where it lies in the cache, and how far it has got."""

from dataclasses import dataclass

from inference.engines.chatterbox.interface import Utterance


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of the cache that one utterance owns, and how many positions they hold."""

    first: int
    rows: int
    length: int


@dataclass(slots=True)
class Running:
    """Owns ``rows`` of the cache from ``first`` (its slot) on, of which ``length`` are used.

    ``most`` tokens may be made and ``made`` are; the ``last`` of them is ``due`` until the
    logits after it are computed. Its text lies at position ``text_at``, marks included.
    """

    utterance: Utterance
    first: int
    rows: int
    length: int
    most: int
    text_at: int
    text_length: int
    made: int = 0
    last: int = -1
    stuttering: bool = False
    due: bool = False
    ended: bool = False

    @property
    def span(self) -> Span:
        """Where it lies."""
        return Span(self.first, self.rows, self.length)

    def take(self, token: int) -> None:
        """Add the next token."""
        self.made += 1
        self.stuttering = token == self.last
        self.last = token
        self.due = True
