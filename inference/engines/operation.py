"""What an engine may offer beside the protocol, for those who operate it."""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

STOPPING: Final = "ENGINE_STOPPING"
"""Code of the retryable EngineError for work that a stopping engine did not begin or finish.

While the process shuts down it is no fault of the work's: another process may do it at once.
At any other time it means that the engine has died.
"""


@dataclass(frozen=True, slots=True)
class Latencies:
    """A histogram: ``counts[i]`` lasted at most ``bounds[i]`` seconds, the last one longer.

    ``counts`` has one more entry than ``bounds`` and does not accumulate; ``seconds`` is the
    sum of all.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What an engine is doing on its device, and has done since it was made.

    ``slots`` are what it can generate at once (0 while not ``loaded``), ``slots_used`` of them
    are taken; ``queued`` utterances wait for one, and ``vocoding`` have all their tokens and
    wait for their samples. ``batch`` utterances took part in the last step, ``tokens_per_second``
    is of the last ten seconds. ``first_audio`` are the times from hand-in to the first samples.
    """

    engine: str
    model: str
    device: str
    loaded: bool
    slots: int
    slots_used: int
    queued: int
    vocoding: int
    batch: int
    tokens_per_second: float
    tokens: int
    audio_seconds: float
    finished: int
    failed: int
    cancelled: int
    out_of_memory: int
    loads: int
    first_audio: Latencies


@runtime_checkable
class Reader(Protocol):
    """An engine that knows what it cannot read without being made."""

    @classmethod
    def refusal(cls, text: str, language: str | None) -> str:
        """Return a sentence on why ``text`` cannot be read in ``language``, or nothing.

        Cheap: it is asked before a text is charged. What it lets pass may still be refused.
        """
        ...


@runtime_checkable
class Mortal(Protocol):
    """An engine whose own threads or processes may end by a fault."""

    @property
    def has_died(self) -> bool:
        """Whether it stopped although nobody closed it, and will do nothing more."""
        ...


@runtime_checkable
class Operated(Protocol):
    """An engine with a status, that can be brought to rest before it is closed."""

    @property
    def status(self) -> EngineStatus:
        """What it is doing; cheap, and safe to ask from any thread."""
        ...

    def begin_to_drain(self) -> None:
        """Refuse what has not begun with :data:`STOPPING`, and go on with what has."""
        ...

    def drain(self, timeout: float | None = None) -> bool:
        """Drain and wait, ``timeout`` seconds at most; returns whether nothing is left."""
        ...
