"""Looking into a recording on behalf of a request: few at a time, each workspace in its turn."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import BinaryIO

from django.conf import settings

from inference.audio.budget import Budget
from inference.audio.decode import AudioInfo, probe
from inference.audio.errors import CancelledError

AT_ONCE = 2
"""Recordings that one process looks into at the same time."""

WAIT_SECONDS = 10.0
RETRY_SECONDS = 2

abandoned: ContextVar[Callable[[], bool]] = ContextVar("abandoned", default=lambda: False)
"""Says whether the client of this request is gone."""


class ProbingBusyError(Exception):
    """Too many recordings wait to be looked into; this one may be sent again."""

    code = "BUSY"
    message = "Too many recordings are being read. Please try again."
    retry_after = RETRY_SECONDS


class Turns:
    """Lets a few in at a time, a few more wait, and refuses all others at once."""

    def __init__(self, *, at_once: int, room: int, room_of_one: int, wait: float) -> None:
        self._turn = threading.BoundedSemaphore(at_once)
        self._room, self._room_of_one, self._wait = room, room_of_one, wait
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()

    @contextmanager
    def turn(self, who: str) -> Iterator[None]:
        """Wait for a turn and hold it while the context lasts.

        Raises:
            ProbingBusyError: there is no room, or the turn does not come in time.
        """
        self._enter(who)
        try:
            if not self._turn.acquire(timeout=self._wait):
                raise ProbingBusyError
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._leave(who)

    def _enter(self, who: str) -> None:
        with self._lock:
            if self._inside.total() >= self._room or self._inside[who] >= self._room_of_one:
                raise ProbingBusyError
            self._inside[who] += 1

    def _leave(self, who: str) -> None:
        with self._lock:
            self._inside[who] -= 1
            if not self._inside[who]:
                del self._inside[who]


@cache
def turns() -> Turns:
    """Return this process's turns: half of its threads may be held, a quarter by one workspace."""
    room = max(AT_ONCE, settings.WEB_THREADS // 2)
    return Turns(at_once=AT_ONCE, room=room, room_of_one=max(AT_ONCE, room // 2), wait=WAIT_SECONDS)


def probe_for(workspace_id: str, file: BinaryIO) -> AudioInfo:
    """Say what a recording of a workspace is, when it is its turn.

    Raises:
        ProbingBusyError: too many wait, or the client is gone.
        AudioError: as :func:`probe`.
    """
    try:
        with turns().turn(workspace_id):
            return probe(file, budget=Budget(cancelled=abandoned.get()))
    except CancelledError:
        raise ProbingBusyError from None  # nobody reads the answer
