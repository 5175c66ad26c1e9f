"""What the scheduler counts, for those who operate it and those who look for faults."""

import time
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from inference.engines.operation import Latencies

_BOUNDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0)
_RATE_SECONDS: Final = 10.0


class Histogram:
    """How often something took how long."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_BOUNDS) + 1)
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one more."""
        self._counts[bisect_left(_BOUNDS, seconds)] += 1
        self._seconds += seconds

    @property
    def latencies(self) -> Latencies:
        """What was counted so far."""
        return Latencies(_BOUNDS, tuple(self._counts), self._seconds)


class Rate:
    """How many there were a second, of late."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()

    def add(self, count: int) -> None:
        """Count ``count`` more now."""
        now = time.monotonic()
        self._marks.append((now, count))
        while self._marks[0][0] < now - _RATE_SECONDS:
            self._marks.popleft()

    @property
    def per_second(self) -> float:
        """The mean of the last ten seconds."""
        since = time.monotonic() - _RATE_SECONDS
        return sum(count for when, count in tuple(self._marks) if when >= since) / _RATE_SECONDS


@dataclass(slots=True)
class Counters:
    """What the scheduler's thread has done since it was made; anybody may read it."""

    finished: int = 0
    failed: int = 0
    cancelled: int = 0
    tokens: int = 0
    samples: int = 0
    batch: int = 0
    """Utterances in the last step."""
    out_of_memory: int = 0
    loads: int = 0
    token_rate: Rate = field(default_factory=Rate)
    first_audio: Histogram = field(default_factory=Histogram)
    """Seconds from hand-in to the first audio of an utterance."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one turn did, by the numbers of tickets (the debugging trace)."""

    admitted: tuple[int, ...]
    committed: dict[int, int]
    vocoded: tuple[int, ...]
    ended: tuple[int, ...]
