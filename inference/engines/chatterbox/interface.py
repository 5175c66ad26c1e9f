"""What the scheduler asks of a model, whether it makes one token a step or a block of them."""

from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Spec:
    """A model as the scheduler sees it.

    ``rows`` is the most an utterance takes of the cache, ``granule`` the most tokens that a
    step commits, ``most_tokens`` how long an utterance may get.
    """

    model: str
    rows: int
    granule: int
    most_tokens: int


@dataclass(frozen=True, slots=True)
class Utterance:
    """A piece of text to be spoken, immutable; ``voice`` is the model's own form of a prompt.

    ``text`` are token ids without start and stop. ``seed`` decides all that is random.
    """

    voice: Any = field(repr=False)
    text: tuple[int, ...] = field(repr=False)
    seed: int
    temperature: float = 0.8
    cfg_weight: float = 0.5
    exaggeration: float = 0.5
    most_tokens: int = 1000


@dataclass(frozen=True, slots=True)
class Cost:
    """What an utterance takes: ``rows`` of the cache and at most ``positions`` of each."""

    rows: int
    positions: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What a step did for the utterance in ``slot``: final tokens, the end, or an error."""

    slot: int
    tokens: tuple[int, ...] = ()
    done: bool = False
    error: Exception | None = None


class Generator(Protocol):
    """Makes speech tokens of utterances, many at once; used by one thread alone."""

    spec: Spec

    def cost(self, utterance: Utterance) -> Cost:
        """Return what ``utterance`` takes. Raises ValueError if it can never be admitted."""
        ...

    def can_admit(self, utterance: Utterance) -> bool:
        """Return whether there is room for ``utterance`` now."""
        ...

    def admit(self, utterance: Utterance) -> int:
        """Read the text and return the slot; an exception leaves no slot behind."""
        ...

    def step(self) -> list[Commit]:
        """Take every admitted utterance further; those done or failed wait for release."""
        ...

    def release(self, slot: int) -> None:
        """Free a slot, finished or not."""
        ...

    @property
    def active(self) -> int:
        """How many slots are held."""
        ...

    @property
    def free(self) -> int:
        """How many more utterances that take the most rows there is room for."""
        ...
