"""What callers hand in for the scheduler's thread, and where that thread waits for it."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from inference.engines.base import EngineError
from inference.engines.chatterbox.failures import stopping
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.ticket import Ticket

T = TypeVar("T")


class Inbox:
    """Tickets and calls that the thread has not looked at yet; safe to use from any thread.

    Once it is ``draining`` no request may begin, once it is ``closed`` nothing is taken at all.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tickets: deque[Ticket] = deque()
        self._calls: deque[tuple[Callable[[Model], Any], Future[Any]]] = deque()
        self._requests = 0
        self.draining = self.closed = False

    def __len__(self) -> int:
        return len(self._tickets)

    def put(self, ticket: Ticket) -> None:
        """Hand in a ticket. Raises EngineError ``ENGINE_STOPPING``."""
        with self._changed:
            if self.closed:
                raise stopping()
            self._tickets.append(ticket)
            self._changed.notify_all()

    def call(self, function: Callable[[Model], T]) -> Future[T]:
        """Hand in a function of the model. Raises EngineError ``ENGINE_STOPPING``."""
        future: Future[T] = Future()
        with self._changed:
            if self.closed:
                raise stopping()
            self._calls.append((function, future))
            self._changed.notify_all()
        return future

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count one request in progress. Raises EngineError ``ENGINE_STOPPING``."""
        with self._changed:
            if self.draining or self.closed:
                raise stopping()
            self._requests += 1
        try:
            yield
        finally:
            with self._changed:
                self._requests -= 1
                self._changed.notify_all()

    def drain(self) -> None:
        """Let no further request begin."""
        with self._changed:
            self.draining = True
            self._changed.notify_all()

    def wait_for_requests(self, timeout: float | None) -> bool:
        """Return whether all requests in progress were over within ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._requests, timeout)

    def close(self) -> None:
        """Take nothing more."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def wait(self, timeout: float | None) -> bool:
        """Wait for something to do; False if there was nothing for ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(
                lambda: bool(self._tickets or self._calls or self.closed), timeout
            )

    def tickets(self) -> list[Ticket]:
        """Take out all tickets."""
        with self._changed:
            taken = list(self._tickets)
            self._tickets.clear()
        return taken

    def answer(self, model: Model) -> None:
        """Run all calls that were handed in."""
        for function, future in self._taken_calls():
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function(model))
            except BaseException as error:  # noqa: BLE001 - it belongs to who called
                future.set_exception(error)

    def refuse(self, reason: EngineError) -> None:
        """Answer everything that was handed in with an error."""
        for ticket in self.tickets():
            ticket.fail(reason)
        for _, future in self._taken_calls():
            if future.set_running_or_notify_cancel():
                future.set_exception(reason)

    def _taken_calls(self) -> list[tuple[Callable[[Model], Any], Future[Any]]]:
        with self._changed:
            taken = list(self._calls)
            self._calls.clear()
        return taken
