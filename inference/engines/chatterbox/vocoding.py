"""From tokens to samples: what is ready is vocoded in batches and handed to its callers."""

import time
from collections.abc import Callable

from torch import Tensor

from inference.engines.base import Samples
from inference.engines.chatterbox.counters import Counters
from inference.engines.chatterbox.failures import is_out_of_memory
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.roster import Roster
from inference.engines.chatterbox.stream import Stream
from inference.engines.chatterbox.ticket import Ticket


class Vocoding:
    """Vocodes what is ready; used by one thread alone.

    An error is narrowed down to the utterance at fault by halving the batch. When memory runs
    out, batches are smaller from then on, ``free_memory`` is called, and what failed is tried
    again.
    """

    def __init__(self, roster: Roster, counters: Counters, free_memory: Callable[[], None]) -> None:
        self._roster, self._counters, self._free_memory = roster, counters, free_memory

    def run(self, model: Model) -> tuple[int, ...]:
        """Vocode all that is ready; returns the numbers of those that were."""
        tickets = {
            id(each.stream): each
            for each in (*self._roster.active.values(), *self._roster.speaking)
            if each.stream is not None and each.stream.ready
        }
        if not tickets:
            return ()
        for batch in model.vocoder.batches(
            each.stream for each in tickets.values() if each.stream is not None
        ):
            self._batch(model, [tickets[id(stream)] for stream in batch], batch)
        return tuple(each.number for each in tickets.values())

    def _batch(
        self, model: Model, tickets: list[Ticket], batch: list[Stream], *, again: bool = True
    ) -> None:
        try:
            mels = model.vocoder.mels(batch, self._roster.beat)
        except Exception as error:  # noqa: BLE001 - narrowed down to the one at fault
            ran_out = is_out_of_memory(error)
            if ran_out:
                model.vocoder.halve()
                self._ran_out()
            if len(batch) > 1:
                half = len(batch) // 2
                self._batch(model, tickets[:half], batch[:half])
                self._batch(model, tickets[half:], batch[half:])
            elif ran_out and again:
                self._batch(model, tickets, batch, again=False)
            else:
                self._roster.fail(tickets[0], error, model.runner)
            return
        for ticket, stream, mel in zip(tickets, batch, mels, strict=True):
            try:
                samples = self._samples(model, stream, mel)
            except Exception as error:  # noqa: BLE001 - it fails one utterance
                self._roster.fail(ticket, error, model.runner)
            else:
                self._deliver(ticket, stream, samples)

    def _samples(self, model: Model, stream: Stream, mel: Tensor) -> Samples:
        try:
            samples = model.vocoder.samples(stream, mel)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            self._ran_out()
            samples = model.vocoder.samples(stream, mel)
        result: Samples = samples.numpy()
        return result

    def _deliver(self, ticket: Ticket, stream: Stream, samples: Samples) -> None:
        self._counters.samples += samples.size
        if not ticket.heard:
            self._counters.first_audio.add(time.monotonic() - ticket.submitted)
        if stream.finished:
            self._roster.finish(ticket)
        ticket.deliver(samples, last=stream.finished)

    def _ran_out(self) -> None:
        self._counters.out_of_memory += 1
        self._free_memory()
