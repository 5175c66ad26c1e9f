"""One thread of the scheduler's process that claims, has sent, and records.

It alone talks to the database, in batches; the senders only wait on customers' servers. Several
schedulers may run: the database says who sends what, and each keeps to shares of its own.
"""

import queue
import threading
import time

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from speech.webhooks.claiming import FairQueue
from speech.webhooks.loading import load
from speech.webhooks.notices import wait_for_mail
from speech.webhooks.recording import record
from speech.webhooks.results import Attempt
from speech.webhooks.senders import Senders
from speech.webhooks.shares import Claim, Shares

log = structlog.get_logger(__name__)

_PAUSE_SECONDS = 1.0
"""After the database failed."""


class Dispatcher:
    """Delivers what is due, until it is stopped."""

    def __init__(self, slots: int) -> None:
        """Have up to ``slots`` deliveries in flight."""
        self._shares = Shares(slots)
        self._queue = FairQueue(self._shares)
        self._done: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
        self._senders = Senders(self._finished, connections=slots)
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._last_moment = float("inf")
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it delivers."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Look now for what is due."""
        self._woken.set()

    def stop(self, *, seconds: float) -> None:
        """Begin no other attempt; give those in flight ``seconds`` to end."""
        self._last_moment = time.monotonic() + seconds
        self._stopping.set()
        self._woken.set()
        self._thread.join(seconds + _PAUSE_SECONDS)

    def _finished(self, attempt: Attempt) -> None:
        self._done.put(attempt)
        self._woken.set()

    def _run(self) -> None:
        try:
            while not self._is_over():
                self._woken.wait(self._seconds_to_wait())
                self._woken.clear()
                self._work()
                self._senders.close_idle_connections()
        finally:
            self._senders.stop()
            connection.close()

    def _work(self) -> None:
        close_old_connections()
        try:
            self._record_done()
            while not self._stopping.is_set() and self._shares.free:
                claims = self._queue.claim(self._shares.free)
                if not claims:
                    break
                self._begin(claims)
        except Exception as error:  # noqa: BLE001 - it looks again; leases end by themselves
            log.warning("webhook_dispatch_failed", error=repr(error))
            self._stopping.wait(_PAUSE_SECONDS)
            self._woken.set()

    def _begin(self, claims: list[Claim]) -> None:
        for claim in claims:
            self._shares.begin(claim)
        letters = load(claims)
        readable = {letter.claim for letter in letters}
        for claim in claims:
            if claim not in readable:
                self._shares.end(claim, delivered=False)
        self._senders.send(letters, in_flight=self._shares.in_flight)

    def _record_done(self) -> None:
        attempts = []
        while not self._done.empty():
            attempts.append(self._done.get())
        for one in attempts:
            self._shares.end(one.claim, delivered=one.result.delivered)
        if attempts:
            record(attempts)

    def _is_over(self) -> bool:
        ending = self._stopping.is_set()
        return ending and (not self._shares.in_flight or time.monotonic() >= self._last_moment)

    def _seconds_to_wait(self) -> float:
        left = self._last_moment - time.monotonic()
        return max(min(left, settings.REAPER_SECONDS), 0)


_lock = threading.Lock()
_dispatcher: Dispatcher | None = None


def deliver_due() -> None:
    """Have this process deliver from now on; a periodic task of the scheduler."""
    global _dispatcher  # noqa: PLW0603 - one a process, made when its scheduler first ticks
    with _lock:
        if _dispatcher is None or not _dispatcher.is_running:
            _dispatcher = Dispatcher(settings.WEBHOOK_THREADS)
            _dispatcher.start()
        _dispatcher.wake()


def wake() -> None:
    """Deliver at once where this process has a scheduler; elsewhere its next look does."""
    running = _dispatcher
    if running is not None:
        running.wake()


def stop_delivering(*, seconds: float) -> None:
    """End the process's deliveries; what is in flight after that is sent again later."""
    global _dispatcher
    with _lock:
        ending, _dispatcher = _dispatcher, None
    if ending is not None:
        end = time.monotonic() + seconds
        ending.stop(seconds=seconds)
        wait_for_mail(seconds=max(end - time.monotonic(), 0))
