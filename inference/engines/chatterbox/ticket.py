"""A caller's end of one utterance: where its audio arrives, and how it is called off."""

import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from inference.engines.base import EngineError, Progress, Samples
from inference.engines.chatterbox.interface import Utterance
from inference.engines.chatterbox.prompt import Prompt
from inference.engines.chatterbox.watermark import MarkedStream, Watermarker

if TYPE_CHECKING:
    from inference.engines.chatterbox.stream import Stream

_NEWS_SECONDS: Final = 0.5
"""Callers write to the database at each news; so often is enough to notice a cancelled job."""

Begin: TypeAlias = Callable[[Any], "Work"]
"""Makes the work of a loaded model, on the thread that owns the model."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a ticket asks for: an ``utterance`` to speak, or ``tokens`` to vocode as they are."""

    prompt: Prompt
    seed: int
    utterance: Utterance | None = None
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Event:
    samples: Samples | None = None
    last: bool = False
    error: EngineError | None = None


class Ticket:
    """Made by the scheduler; ``audio`` and ``chunks`` are for the caller, the rest for the former.

    ``opening`` is the first of a request, which may be refused as long as it waits. ``mark``
    puts the watermark on whatever leaves; None leaves it out.
    """

    def __init__(
        self, number: int, begin: Begin, *, hops: bool, opening: bool, mark: Watermarker | None
    ) -> None:
        self.number = number
        self.begin = begin
        self.hops = hops
        self.opening = opening
        self.submitted = time.monotonic()
        self.work: Work | None = None
        self.stream: Stream | None = None
        self.begun = self.heard = False
        """Whether it was ever admitted, and whether any audio has left."""
        self.cancelled = self.closed = False
        self.made = 0
        """Tokens so far."""
        self.replayed = 0
        """Tokens to pass over, made before the utterance had to be begun again."""
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._told = self.submitted
        self._marked = None if mark is None else MarkedStream(mark)

    def audio(self, *, timeout: float, progress: Progress) -> Iterator[Samples]:
        """Yield audio as it is made, (n,) at 24 kHz; calls ``progress`` at all news.

        The work is called off when the caller leaves before the end. Raises as ``chunks``.
        """
        try:
            for samples in self.chunks(timeout=timeout):
                progress()
                if samples is not None:
                    yield samples
        finally:
            self.cancel()

    def chunks(self, *, timeout: float) -> Iterator[Samples | None]:
        """Yield audio as it is made, (n,) at 24 kHz; None for progress without.

        Raises EngineError: what went wrong, or ``ENGINE_TIMEOUT`` after ``timeout`` seconds
        without any news.
        """
        while True:
            try:
                event = self._events.get(timeout=timeout)
            except queue.Empty:
                self.cancel()
                raise EngineError(
                    "ENGINE_TIMEOUT", "The engine took too long.", retryable=True
                ) from None
            if event.error is not None:
                raise event.error
            if event.samples is None:
                yield None
                continue
            samples = event.samples
            if self._marked is not None:
                samples = self._marked.push(samples, last=event.last)
            if samples.size:
                yield samples
            if event.last:
                return

    def cancel(self) -> None:
        """Call the work off; the scheduler frees what it holds at its next step."""
        self.cancelled = True

    def beat(self) -> None:
        """Tell the caller that work goes on, where there was no other news for a while."""
        now = time.monotonic()
        if not self.closed and now - self._told >= _NEWS_SECONDS and self._events.empty():
            self._told = now
            self._events.put(_Event())

    def deliver(self, samples: Samples, *, last: bool) -> None:
        """Hand over audio; with ``last`` there is no more."""
        self._told = time.monotonic()
        self.heard = self.heard or bool(samples.size)
        self.closed = last
        self._events.put(_Event(samples, last=last))

    def end(self) -> None:
        """Say that there is no audio at all."""
        self.deliver(np.zeros(0, np.float32), last=True)

    def fail(self, error: EngineError) -> None:
        """Say what went wrong; nothing follows."""
        if not self.closed:
            self.closed = True
            self._events.put(_Event(error=error))
