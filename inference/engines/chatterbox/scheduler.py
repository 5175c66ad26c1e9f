"""One thread that owns the model and takes every utterance forward, a step at a time.

Each turn of its loop: what callers handed in is admitted while there is room, all that is
admitted gets its next tokens, and what has enough of them is vocoded. So an utterance joins
while others are in mid-speech, and leaves without waiting for them.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from inference.engines.base import EngineError
from inference.engines.chatterbox.failures import failure, is_out_of_memory
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.stream import Stream
from inference.engines.chatterbox.t3 import SPEECH_TOKENS
from inference.engines.chatterbox.ticket import Begin, Ticket
from inference.engines.chatterbox.watermark import Watermarker

logger = logging.getLogger(__name__)

T = TypeVar("T")

_BEAT_TOKENS = 10
_TRACE_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What one turn did, by the numbers of tickets (the debugging trace)."""

    admitted: tuple[int, ...]
    committed: dict[int, int]
    vocoded: tuple[int, ...]
    ended: tuple[int, ...]


@dataclass(slots=True)
class Counters:
    """What the scheduler has done since it was made; seconds are of its thread."""

    finished: int = 0
    failed: int = 0
    cancelled: int = 0
    tokens: int = 0
    samples: int = 0
    steps: int = 0
    decode_seconds: float = 0.0
    vocode_seconds: float = 0.0
    out_of_memory: int = 0
    loads: int = 0
    first_audio: deque[float] = field(default_factory=lambda: deque(maxlen=1000))
    """Seconds from hand-in to the first audio, of the last utterances."""


class Scheduler:
    """Runs the model that ``load`` makes; safe to call from any thread.

    After ``idle_seconds`` without work (0: never) the model is let go and made again for
    the next. ``unload`` runs after it was let go.
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
        self._wake = threading.Condition()
        self._arrived: deque[Ticket] = deque()
        self._calls: deque[tuple[Callable[[Model], Any], Future[Any]]] = deque()
        self._waiting: deque[Ticket] = deque()
        self._active: dict[int, Ticket] = {}
        self._speaking: list[Ticket] = []
        self._limit: int | None = None
        self._number = 0
        self._closing = self._draining = False
        self.counters = Counters()
        self.trace: deque[StepRecord] | None = deque(maxlen=_TRACE_STEPS) if trace else None
        self._thread = threading.Thread(target=self._run, name="chatterbox", daemon=True)
        self._thread.start()

    def submit(self, begin: Begin, *, hops: bool = False) -> Ticket:
        """Hand in work. Raises EngineError ``ENGINE_FAILED`` when it is closing."""
        with self._wake:
            if self._closing or self._draining:
                raise closed()
            self._number += 1
            ticket = Ticket(self._number, begin, hops=hops, mark=self._watermarker)
            self._arrived.append(ticket)
            self._wake.notify()
        return ticket

    def call(self, function: Callable[[Model], T]) -> T:
        """Run ``function`` on the thread that owns the model, between two steps."""
        future: Future[T] = Future()
        with self._wake:
            if self._closing or self._draining:
                raise closed()
            self._calls.append((function, future))
            self._wake.notify()
        return future.result()

    @property
    def active(self) -> int:
        """How many utterances hold a slot or wait to be vocoded."""
        return len(self._active) + len(self._speaking)

    @property
    def waiting(self) -> int:
        """How many utterances wait for a slot."""
        return len(self._arrived) + len(self._waiting)

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._model is not None

    def drain(self, timeout: float | None = None) -> bool:
        """Take no more work and finish what there is; returns whether it was finished."""
        with self._wake:
            self._draining = True
            self._wake.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Stop at the next step; whoever still waits gets an error that may be retried."""
        with self._wake:
            self._closing = True
            self._wake.notify()
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
            with self._wake:
                self._closing = True
            self._abandon()

    def _next(self) -> bool:
        """Wait for something to do; returns False when there will be nothing more."""
        with self._wake:
            while not (self._arrived or self._calls or self._waiting or self.active):
                if self._closing or self._draining:
                    return False
                patience = self._idle_seconds if self._idle_seconds and self.loaded else None
                if not self._wake.wait(patience) and patience:
                    self._let_go()
            self._waiting.extend(self._arrived)
            self._arrived.clear()
            return not self._closing

    def _turn(self) -> None:
        model = self._model or self._loaded()
        if model is None:
            return
        self._answer(model)
        self._drop_cancelled(model)
        admitted = self._admit(model)
        committed, ended = self._step(model)
        vocoded = self._vocode(model)
        if not self.active and not self._waiting:
            self._limit = None
        if self.trace is not None and (admitted or committed or vocoded):
            self.trace.append(StepRecord(admitted, committed, vocoded, ended))

    def _loaded(self) -> Model | None:
        try:
            self._model = self._load()
            self.counters.loads += 1
        except Exception as error:
            if not isinstance(error, EngineError):  # which says all there is to say
                logger.exception("chatterbox.load_failed")
            self._abandon(failure(error))
        return self._model

    def _let_go(self) -> None:
        self._model = None
        self._unload()

    def _answer(self, model: Model) -> None:
        while self._calls:
            function, future = self._calls.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(function(model))
            except BaseException as error:  # noqa: BLE001 - it belongs to who called
                future.set_exception(error)

    def _drop_cancelled(self, model: Model) -> None:
        for ticket in [each for each in (*self._waiting, *self._speaking) if each.cancelled]:
            self._forget(ticket)
        for slot, ticket in list(self._active.items()):
            if ticket.cancelled:
                model.runner.release(slot)
                del self._active[slot]
                self._forget(ticket)

    def _forget(self, ticket: Ticket) -> None:
        for tickets in (self._waiting, self._speaking):
            if ticket in tickets:
                tickets.remove(ticket)
        self.counters.cancelled += 1
        ticket.fail(EngineError("CANCELLED", "The work was called off.", retryable=False))

    def _admit(self, model: Model) -> tuple[int, ...]:
        admitted = []
        while self._waiting and (self._limit is None or len(self._active) < self._limit):
            ticket = self._waiting[0]
            try:
                if not self._begin(model, ticket):
                    break
            except Exception as error:  # noqa: BLE001 - it fails one utterance, not the thread
                if is_out_of_memory(error) and self._active:
                    # Memory that others hold comes back as they end; until then, no more.
                    self._ran_out(len(self._active))
                    break
                self._fail(ticket, error)
            self._waiting.popleft()
            admitted.append(ticket.number)
        return tuple(admitted)

    def _begin(self, model: Model, ticket: Ticket) -> bool:
        if ticket.work is None:
            ticket.work = ticket.begin(model)
        work = ticket.work
        if work.utterance is not None and not model.runner.can_admit(work.utterance):
            return False
        if ticket.stream is None:
            ticket.stream = Stream(work.prompt, work.seed, hops=ticket.hops)
        if work.utterance is None:
            ticket.stream.tokens.extend(work.tokens)
            self._hush(model, ticket, finished=False)
        else:
            slot = model.runner.admit(work.utterance)
            self._active[slot] = ticket
        ticket.timing.admitted = time.monotonic()
        return True

    def _step(self, model: Model) -> tuple[dict[int, int], tuple[int, ...]]:
        if not self._active:
            return {}, ()
        begun = time.monotonic()
        try:
            commits = model.runner.step()
        except Exception as error:  # noqa: BLE001 - see the name
            self._step_failed(model, error)
            return {}, ()
        committed, ended = {}, []
        for commit in commits:
            ticket = self._active[commit.slot]
            committed[ticket.number] = len(commit.tokens)
            self._take(ticket, commit.tokens)
            if commit.done or commit.error is not None:
                model.runner.release(commit.slot)
                del self._active[commit.slot]
                ended.append(ticket.number)
            if commit.error is not None:
                self._fail(ticket, commit.error)
            elif commit.done:
                self._hush(model, ticket, finished=True)
        self.counters.steps += 1
        self.counters.decode_seconds += time.monotonic() - begun
        return committed, tuple(ended)

    def _take(self, ticket: Ticket, tokens: tuple[int, ...]) -> None:
        for token in tokens:
            if ticket.replayed:
                ticket.replayed -= 1
                continue
            ticket.timing.tokens += 1
            self.counters.tokens += 1
            if ticket.stream is not None and token < SPEECH_TOKENS:
                ticket.stream.tokens.append(token)
            if ticket.timing.tokens % _BEAT_TOKENS == 0:
                ticket.beat()

    def _hush(self, model: Model, ticket: Ticket, *, finished: bool) -> None:
        """An utterance has all its tokens: what remains is to vocode them."""
        stream = ticket.stream
        if stream is None:
            return
        family = model.family
        if finished and stream.tokens:
            stream.tokens = stream.tokens[: len(stream.tokens) - family.cropped]
            stream.tokens.extend(family.tail)
        stream.ended = True
        if stream.tokens:
            self._speaking.append(ticket)
        else:
            self._finish(ticket)
            ticket.end()

    def _step_failed(self, model: Model, error: Exception) -> None:
        tickets = list(self._active.items())
        if is_out_of_memory(error) and len(tickets) > 1:
            # The later half makes room and begins again; its tokens will be the same.
            kept = len(tickets) // 2
            for slot, ticket in reversed(tickets[kept:]):
                model.runner.release(slot)
                del self._active[slot]
                ticket.replayed = ticket.timing.tokens
                self._waiting.appendleft(ticket)
            self._ran_out(kept)
            return
        for slot, ticket in tickets:
            model.runner.release(slot)
            del self._active[slot]
            self._fail(ticket, error)

    def _vocode(self, model: Model) -> tuple[int, ...]:
        tickets = {
            id(each.stream): each
            for each in (*self._active.values(), *self._speaking)
            if each.stream is not None and each.stream.ready
        }
        if not tickets:
            return ()
        begun = time.monotonic()
        for batch in model.vocoder.batches(
            each.stream for each in tickets.values() if each.stream is not None
        ):
            self._vocode_batch(model, [tickets[id(stream)] for stream in batch], batch)
        self.counters.vocode_seconds += time.monotonic() - begun
        return tuple(each.number for each in tickets.values())

    def _vocode_batch(self, model: Model, tickets: list[Ticket], batch: list[Stream]) -> None:
        def beat() -> None:
            for ticket in tickets:
                ticket.beat()

        try:
            mels = model.vocoder.mels(batch, beat)
        except Exception as error:  # noqa: BLE001 - narrowed down to the one at fault
            if is_out_of_memory(error):
                self.counters.out_of_memory += 1
                model.vocoder.halve()
            if len(batch) == 1:
                self._drop(model, tickets[0], error)
                return
            half = len(batch) // 2
            self._vocode_batch(model, tickets[:half], batch[:half])
            self._vocode_batch(model, tickets[half:], batch[half:])
            return
        for ticket, stream, mel in zip(tickets, batch, mels, strict=True):
            try:
                samples = model.vocoder.samples(stream, mel).numpy()
            except Exception as error:  # noqa: BLE001 - it fails one utterance
                self._drop(model, ticket, error)
                continue
            self.counters.samples += samples.size
            if not ticket.timing.first_audio:
                self.counters.first_audio.append(time.monotonic() - ticket.timing.submitted)
            if stream.finished:
                self._finish(ticket)
            ticket.deliver(samples, last=stream.finished)

    def _drop(self, model: Model, ticket: Ticket, error: Exception) -> None:
        for slot, other in list(self._active.items()):
            if other is ticket:
                model.runner.release(slot)
                del self._active[slot]
        if ticket in self._speaking:
            self._speaking.remove(ticket)
        self._fail(ticket, error)

    def _finish(self, ticket: Ticket) -> None:
        if ticket in self._speaking:
            self._speaking.remove(ticket)
        self.counters.finished += 1

    def _fail(self, ticket: Ticket, error: Exception) -> None:
        logger.warning("chatterbox.utterance_failed", exc_info=error)
        self.counters.failed += 1
        ticket.fail(failure(error))

    def _ran_out(self, limit: int) -> None:
        self.counters.out_of_memory += 1
        self._limit = max(1, limit)
        self._unload()

    def _abandon(self, error: EngineError | None = None) -> None:
        """Answer everybody who waits: there will be nothing."""
        reason = error or closed()
        with self._wake:
            arrived, self._arrived = list(self._arrived), deque()
            calls, self._calls = list(self._calls), deque()
        for ticket in (*arrived, *self._waiting, *self._speaking, *self._active.values()):
            ticket.fail(reason)
        for _, future in calls:
            future.set_exception(reason)
        self._waiting.clear()
        self._speaking.clear()
        for slot in list(self._active):
            if self._model is not None:
                self._model.runner.release(slot)
        self._active.clear()


def closed() -> EngineError:
    """Return what callers get from a scheduler that has stopped."""
    return EngineError("ENGINE_FAILED", "The engine is shutting down.", retryable=True)
