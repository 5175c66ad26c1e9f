"""One thread that owns the model and takes every utterance forward, a step at a time.

Each turn of its loop: what callers handed in is admitted while there is room, all that is
admitted gets its next tokens, and what has enough of them is vocoded. So an utterance joins
while others are in mid-speech, and leaves without waiting for them.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from typing import Final, TypeVar

import torch

from inference.engines.base import EngineError
from inference.engines.chatterbox.counters import Counters, StepRecord
from inference.engines.chatterbox.decoding import Decoding
from inference.engines.chatterbox.failures import failure, stopping
from inference.engines.chatterbox.inbox import Inbox
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.roster import Roster
from inference.engines.chatterbox.ticket import Begin, Ticket
from inference.engines.chatterbox.vocoding import Vocoding
from inference.engines.chatterbox.watermark import Watermarker

logger = logging.getLogger(__name__)

T = TypeVar("T")

_TRACE_STEPS: Final = 100_000


class Scheduler:
    """Runs the model that ``load`` makes; safe to call from any thread.

    After ``idle_seconds`` without work (0: never) the model is let go and made again for
    the next. ``unload`` runs after it was let go, and where memory ran out.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        *,
        watermarker: Watermarker,
        idle_seconds: float = 0.0,
        trace: bool = False,
        unload: Callable[[], None] = lambda: None,
    ) -> None:
        self._load, self._unload = load, unload
        self._watermarker = watermarker
        self._idle_seconds = idle_seconds
        self._model: Model | None = None
        self._inbox = Inbox()
        self._numbers = count(1)
        self.counters = Counters()
        self.trace: deque[StepRecord] | None = deque(maxlen=_TRACE_STEPS) if trace else None
        self._roster = Roster(self.counters)
        self._decoding = Decoding(self._roster, self.counters, unload)
        self._vocoding = Vocoding(self._roster, self.counters, unload)
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="chatterbox", daemon=True)
        self._thread.start()

    def submit(
        self, begin: Begin, *, hops: bool = False, opening: bool = False, marked: bool = True
    ) -> Ticket:
        """Hand in work; see Ticket. Raises EngineError ``ENGINE_STOPPING`` once it is closed."""
        mark = self._watermarker if marked else None
        ticket = Ticket(next(self._numbers), begin, hops=hops, opening=opening, mark=mark)
        self._inbox.put(ticket)
        return ticket

    def call(self, function: Callable[[Model], T]) -> T:
        """Run ``function`` on the thread that owns the model, between two steps."""
        return self._inbox.call(function).result()

    def request(self) -> AbstractContextManager[None]:
        """Return what a request of several tickets holds while it lasts; draining waits for it.

        Entering it raises EngineError ``ENGINE_STOPPING`` once the scheduler drains.
        """
        return self._inbox.request()

    @property
    def has_died(self) -> bool:
        """Whether the thread ended although :meth:`close` was not called."""
        return not self._is_closing and not self._thread.is_alive()

    @property
    def slots_used(self) -> int:
        """How many utterances hold a slot."""
        return len(self._roster.active)

    @property
    def slots(self) -> int:
        """How many slots there are; 0 while no model is loaded."""
        model = self._model
        return 0 if model is None else self.slots_used + model.runner.free

    @property
    def vocoding(self) -> int:
        """How many utterances have all their tokens and wait for their samples."""
        return len(self._roster.speaking)

    @property
    def waiting(self) -> int:
        """How many utterances wait for a slot."""
        return len(self._inbox) + len(self._roster.waiting)

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._model is not None

    def begin_to_drain(self) -> None:
        """Let no request begin any more; those that wait for their first slot are refused."""
        self._inbox.drain()

    def drain(self, timeout: float | None = None) -> bool:
        """Drain and wait for the requests in progress; returns whether they are over."""
        self.begin_to_drain()
        return self._inbox.wait_for_requests(timeout)

    def close(self) -> None:
        """Stop at the next step; whoever still waits gets an error that may be retried."""
        self._is_closing = True
        self._inbox.close()
        self._thread.join()

    def _run(self) -> None:
        try:
            with torch.inference_mode():
                while self._next():
                    self._turn()
        except BaseException:
            logger.exception("chatterbox.scheduler_died")
            raise
        finally:
            self._inbox.close()
            self._abandon(stopping())

    def _next(self) -> bool:
        """Wait for something to do; returns False once the scheduler is closed."""
        idle = self._idle_seconds if self._idle_seconds and self.loaded else None
        while not self._roster and not self._inbox.wait(idle):
            idle = self._model = None
            self._unload()
        self._roster.waiting.extend(self._inbox.tickets())
        if self._inbox.draining:
            self._roster.refuse_unbegun()
        return not self._inbox.closed

    def _turn(self) -> None:
        model = self._model or self._loaded()
        if model is None:
            return
        self._inbox.answer(model)
        self._roster.drop_cancelled(model.runner)
        admitted = self._decoding.admit(model)
        committed, ended = self._decoding.step(model)
        vocoded = self._vocoding.run(model)
        if not self._roster:
            self._decoding.rest()
        if self.trace is not None and (admitted or committed or vocoded):
            self.trace.append(StepRecord(admitted, committed, vocoded, ended))

    def _loaded(self) -> Model | None:
        try:
            self._model = self._load()
        except Exception as error:
            if not isinstance(error, EngineError):  # which says all there is to say
                logger.exception("chatterbox.load_failed")
            self._abandon(failure(error))
        else:
            self.counters.loads += 1
        return self._model

    def _abandon(self, reason: EngineError) -> None:
        """Answer everybody who waits: there will be nothing."""
        self._inbox.refuse(reason)
        self._roster.abandon(reason, None if self._model is None else self._model.runner)
