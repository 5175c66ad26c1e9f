"""The tickets in hand: those that wait for a slot, that hold one, and that are to be vocoded."""

import logging
from collections import deque
from collections.abc import Iterator

from inference.engines.base import EngineError
from inference.engines.chatterbox.counters import Counters
from inference.engines.chatterbox.failures import failure, stopping
from inference.engines.chatterbox.interface import Generator
from inference.engines.chatterbox.ticket import Ticket

logger = logging.getLogger(__name__)


class Roster:
    """Knows where each ticket stands; changed by the scheduler's thread alone.

    ``active`` are those that hold a slot, by slot; ``speaking`` have all their tokens.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self.waiting: deque[Ticket] = deque()
        self.active: dict[int, Ticket] = {}
        self.speaking: list[Ticket] = []

    def __iter__(self) -> Iterator[Ticket]:
        yield from (*self.active.values(), *self.speaking, *self.waiting)

    def __bool__(self) -> bool:
        return bool(self.active or self.speaking or self.waiting)

    def free(self, slot: int, generator: Generator) -> Ticket:
        """Give a slot back; returns who held it."""
        generator.release(slot)
        return self.active.pop(slot)

    def finish(self, ticket: Ticket) -> None:
        """Let a ticket go that has all its audio."""
        self._take_off_lists(ticket)
        self._counters.finished += 1

    def fail(self, ticket: Ticket, error: Exception, generator: Generator) -> None:
        """Let a ticket go that went wrong."""
        logger.warning("chatterbox.utterance_failed", exc_info=error)
        self._take_off(ticket, generator)
        self._counters.failed += 1
        ticket.fail(failure(error))

    def drop_cancelled(self, generator: Generator) -> None:
        """Let the tickets go whose callers want no more of them."""
        for ticket in [each for each in self if each.cancelled]:
            self._take_off(ticket, generator)
            self._counters.cancelled += 1
            ticket.fail(EngineError("CANCELLED", "The work was called off.", retryable=False))

    def refuse_unbegun(self) -> None:
        """Let the tickets go that wait and whose requests nothing has been made of yet."""
        for ticket in [each for each in self.waiting if each.opening and not each.begun]:
            self.waiting.remove(ticket)
            ticket.fail(stopping())

    def abandon(self, reason: EngineError, generator: Generator | None) -> None:
        """Let all go: there will be nothing."""
        for ticket in self:
            ticket.fail(reason)
        if generator is not None:
            for slot in self.active:
                generator.release(slot)
        self.waiting.clear()
        self.speaking.clear()
        self.active.clear()

    def beat(self) -> None:
        """Tell every caller that the work goes on, those included who wait for their turn."""
        for ticket in self:
            ticket.beat()

    def _take_off(self, ticket: Ticket, generator: Generator) -> None:
        for slot in [slot for slot, other in self.active.items() if other is ticket]:
            self.free(slot, generator)
        self._take_off_lists(ticket)

    def _take_off_lists(self, ticket: Ticket) -> None:
        for tickets in (self.waiting, self.speaking):
            if ticket in tickets:
                tickets.remove(ticket)
