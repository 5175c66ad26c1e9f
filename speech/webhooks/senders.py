"""The threads that send. They wait on customers' servers most of their time."""

import queue
import threading
from collections.abc import Callable

import structlog

from inference.fetch.connection import KeptConnections
from speech.webhooks.loading import Letter
from speech.webhooks.results import Attempt
from speech.webhooks.sending import send

log = structlog.get_logger(__name__)


class Senders:
    """Daemon threads, started as they are needed; at most one for each letter at a time."""

    def __init__(self, done: Callable[[Attempt], None], *, connections: int) -> None:
        """Have each attempt handed to ``done``, from its thread; keep so many idle connections."""
        self._done = done
        self._letters: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self._connections = KeptConnections(connections)
        self._threads = 0

    def send(self, letters: list[Letter], *, in_flight: int) -> None:
        """Begin to send; ``in_flight`` counts these letters and those that are not done yet."""
        for letter in letters:
            self._letters.put(letter)
        while self._threads < in_flight:
            try:
                threading.Thread(target=self._run, name="webhook-sender", daemon=True).start()
            except RuntimeError:  # the system has no more: the others send it later
                log.exception("webhook_thread_not_started")
                break
            self._threads += 1

    def close_idle_connections(self) -> None:
        """Close the connections that were not used for a while."""
        self._connections.close_stale()

    def stop(self) -> None:
        """Have each thread end once it has sent what it is sending."""
        self._connections.close()
        for _ in range(self._threads):
            self._letters.put(None)

    def _run(self) -> None:
        while (letter := self._letters.get()) is not None:
            self._done(send(letter, self._connections))
