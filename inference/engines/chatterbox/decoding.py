"""From text to tokens: who is admitted to the generator, and a step for all who are."""

from collections.abc import Callable

from inference.engines.chatterbox.counters import Counters
from inference.engines.chatterbox.failures import is_out_of_memory
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.roster import Roster
from inference.engines.chatterbox.stream import Stream
from inference.engines.chatterbox.t3 import SPEECH_TOKENS
from inference.engines.chatterbox.ticket import Ticket


class Decoding:
    """Admits while there is room and takes a step at a time; used by one thread alone.

    When memory runs out the batch gets smaller until nothing is in hand any more.
    ``free_memory`` is called then.
    """

    def __init__(self, roster: Roster, counters: Counters, free_memory: Callable[[], None]) -> None:
        self._roster, self._counters, self._free_memory = roster, counters, free_memory
        self._most: int | None = None

    def admit(self, model: Model) -> tuple[int, ...]:
        """Admit those who waited longest; returns their numbers."""
        roster = self._roster
        admitted = []
        while roster.waiting and (self._most is None or len(roster.active) < self._most):
            ticket = roster.waiting[0]
            try:
                if not self._begin(model, ticket):
                    break
            except Exception as error:  # noqa: BLE001 - it fails one utterance, not the thread
                if is_out_of_memory(error) and roster.active:
                    # Memory that others hold comes back as they end; until then, no more.
                    self._ran_out(len(roster.active))
                    break
                roster.fail(ticket, error, model.runner)
            else:
                roster.waiting.popleft()
            admitted.append(ticket.number)
        return tuple(admitted)

    def step(self, model: Model) -> tuple[dict[int, int], tuple[int, ...]]:
        """Return how many tokens each ticket was given, by number, and who has them all."""
        roster, counters = self._roster, self._counters
        counters.batch = len(roster.active)
        if not roster.active:
            return {}, ()
        try:
            commits = model.runner.step()
        except Exception as error:  # noqa: BLE001 - see the name
            self._step_failed(model, error)
            return {}, ()
        committed, ended = {}, []
        for commit in commits:
            ticket = roster.active[commit.slot]
            committed[ticket.number] = len(commit.tokens)
            self._take(ticket, commit.tokens)
            if commit.error is not None:
                roster.fail(ticket, commit.error, model.runner)
            elif commit.done:
                roster.free(commit.slot, model.runner)
                self._end(model, ticket)
            else:
                continue
            ended.append(ticket.number)
        counters.token_rate.add(sum(committed.values()))
        roster.beat()
        return committed, tuple(ended)

    def rest(self) -> None:
        """Nothing is in hand: the batch may grow again."""
        self._most = None
        self._counters.batch = 0

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
            ticket.stream.end()
            self._hand_on(ticket, ticket.stream)
        else:
            self._roster.active[model.runner.admit(work.utterance)] = ticket
        ticket.begun = True
        return True

    def _take(self, ticket: Ticket, tokens: tuple[int, ...]) -> None:
        for token in tokens:
            if ticket.replayed:
                ticket.replayed -= 1
                continue
            ticket.made += 1
            self._counters.tokens += 1
            if ticket.stream is not None and token < SPEECH_TOKENS:
                ticket.stream.tokens.append(token)

    def _end(self, model: Model, ticket: Ticket) -> None:
        if ticket.stream is not None:
            ticket.stream.end(cropped=model.family.cropped, tail=model.family.tail)
            self._hand_on(ticket, ticket.stream)

    def _hand_on(self, ticket: Ticket, stream: Stream) -> None:
        """All tokens are there: what remains is to vocode them, if there are any."""
        if stream.tokens:
            self._roster.speaking.append(ticket)
        else:
            self._roster.finish(ticket)
            ticket.end()

    def _step_failed(self, model: Model, error: Exception) -> None:
        roster = self._roster
        slots = list(roster.active)
        if is_out_of_memory(error) and len(slots) > 1:
            # The later half makes room and begins again; its tokens will be the same.
            kept = len(slots) // 2
            for slot in reversed(slots[kept:]):
                ticket = roster.free(slot, model.runner)
                ticket.replayed = ticket.made
                roster.waiting.appendleft(ticket)
            self._ran_out(kept)
            return
        for slot in slots:
            roster.fail(roster.active[slot], error, model.runner)

    def _ran_out(self, most: int) -> None:
        self._counters.out_of_memory += 1
        self._most = max(1, most)
        self._free_memory()
