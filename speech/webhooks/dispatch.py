"""The threads that deliver, beside the scheduler and away from the workers of jobs.

They are few and wait on customers' servers most of their time, so a slow receiver delays
neither a job nor, by way of turns, another receiver. Each goes on until nothing is due.
Several schedulers may each have their threads: the database says who sends what.
"""

import threading
import time

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from speech.webhooks.sending import send_claimed
from speech.webhooks.turns import claim_next, due

log = structlog.get_logger(__name__)


class Dispatcher:
    """A bounded number of threads, started as there is something to deliver."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, wanted: int) -> int:
        """Start up to ``wanted`` more threads; returns how many there was room for."""
        with self._lock:
            room = 0 if self._stopping.is_set() else self._threads - len(self._running)
            fresh = [
                threading.Thread(target=self._run, name="webhooks", daemon=True)
                for _ in range(min(wanted, room))
            ]
            self._running.update(fresh)
        for thread in fresh:
            thread.start()
        return len(fresh)

    def stop(self, *, seconds: float) -> None:
        """Begin no other attempt; give those under way ``seconds`` to end."""
        self._stopping.set()
        end = time.monotonic() + seconds
        with self._lock:
            running = list(self._running)
        for thread in running:
            thread.join(max(end - time.monotonic(), 0))

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() and deliver_next():
                close_old_connections()
        except Exception as error:  # noqa: BLE001 - the next tick starts another thread
            log.warning("webhook_thread_ended", error=repr(error))
        finally:
            connection.close()
            with self._lock:
                self._running.discard(threading.current_thread())


_lock = threading.Lock()
_dispatcher: Dispatcher | None = None


def deliver_next() -> bool:
    """Make one attempt at the delivery whose turn it is; False where none is due."""
    held = claim_next()
    if held is None:
        return False
    send_claimed(held)
    return True


def deliver_due() -> int:
    """Start as many threads as there are deliveries due; a duty of the scheduler."""
    global _dispatcher  # noqa: PLW0603 - one a process, made when its scheduler first ticks
    with _lock:
        if _dispatcher is None:
            _dispatcher = Dispatcher(settings.WEBHOOK_THREADS)
    return _dispatcher.start(due()[: settings.WEBHOOK_THREADS].count())


def wake() -> None:
    """Deliver at once where this process has a scheduler; elsewhere its next tick does."""
    if _dispatcher is not None:
        _dispatcher.start(1)


def stop_delivering(*, seconds: float) -> None:
    """End the process's threads; what they had claimed is sent again when its lease ends."""
    global _dispatcher
    with _lock:
        ending, _dispatcher = _dispatcher, None
    if ending is not None:
        ending.stop(seconds=seconds)
