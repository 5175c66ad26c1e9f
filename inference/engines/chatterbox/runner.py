"""The autoregressive generator: prefill one by one, then one token a step for all at once."""

from contextlib import suppress

import torch

from inference.engines.chatterbox.attention import Spy
from inference.engines.chatterbox.cache import Cache
from inference.engines.chatterbox.drawing import Drawing
from inference.engines.chatterbox.graphs import Graphs
from inference.engines.chatterbox.guard import HEADS
from inference.engines.chatterbox.interface import Commit, Cost, Spec, Utterance
from inference.engines.chatterbox.running import Running
from inference.engines.chatterbox.sampler import mixed
from inference.engines.chatterbox.t3 import STOP_SPEECH, T3


class Runner:
    """Runs T3 for up to ``rows`` rows (an utterance takes two with guidance, else one).

    An utterance's slot is its first row. All that belongs to it (cache rows, logits, what
    tokens are drawn by) lies at that slot, and nothing of it is read for another. ``static``
    computes with fixed shapes, as CUDA graphs need; else each row over exactly its own length.
    """

    def __init__(self, t3: T3, spec: Spec, *, rows: int, positions: int, static: bool) -> None:
        backbone = t3.backbone
        self.spec = spec
        self.t3 = t3
        self._cache = Cache(
            layers=backbone.layers,
            rows=rows,
            heads=backbone.heads,
            positions=positions,
            size=backbone.size,
            dtype=backbone.dtype,
            device=t3.device,
        )
        watched = HEADS if t3.family.guarded else ()
        self._graphs = Graphs(t3, self._cache, watched) if static else None
        self._running: dict[int, Running] = {}
        self._drawing = Drawing(t3, slots=rows, most_tokens=spec.most_tokens)
        self._logits = torch.zeros(rows, t3.vocabulary, device=t3.device)
        self._attention = torch.zeros(rows, positions if watched else 0, device=t3.device)
        self._guidance = torch.zeros(rows, device=t3.device)

    @property
    def active(self) -> int:
        """How many slots are held."""
        return len(self._running)

    @property
    def free(self) -> int:
        """See the protocol."""
        return self._cache.room(self.spec.rows)

    def cost(self, utterance: Utterance) -> Cost:
        """See the protocol."""
        voice = utterance.voice
        start = self.t3.length(voice.prefix_length, len(utterance.text))
        room = self._cache.positions - start + 1
        if room < 1 or len(utterance.text) + 2 > self.t3.most_text:
            raise ValueError(f"a text of {len(utterance.text)} tokens is too long for a slot")
        rows = 2 if self.t3.family.guided and utterance.cfg_weight > 0 else 1
        return Cost(rows, start + min(utterance.most_tokens, room) - 1)

    def can_admit(self, utterance: Utterance) -> bool:
        """See the protocol."""
        return self._cache.can_take(self.cost(utterance).rows)

    def admit(self, utterance: Utterance) -> int:
        """See the protocol."""
        cost = self.cost(utterance)
        first = self._cache.take(cost.rows)
        try:
            self._running[first] = self._prefilled(utterance, first, cost)
        except BaseException:
            self._cache.give(first, cost.rows)
            raise
        return first

    def release(self, slot: int) -> None:
        """See the protocol."""
        running = self._running.pop(slot)
        self._cache.give(running.first, running.rows)

    def step(self) -> list[Commit]:
        """Draw a token of each utterance, then compute the logits of the next one."""
        self._forward()
        batch = [each for each in self._running.values() if not each.ended]
        if not batch:
            return []
        slots = torch.tensor([each.first for each in batch], device=self.t3.device)
        logits = self._logits[slots]
        sound = torch.isfinite(logits).all(-1)
        tokens = self._drawing.draw(batch, slots, logits, self._attention[slots])
        drawn = torch.stack([tokens, sound.long()]).tolist()
        commits = [
            self._commit(each, token, bool(fine))
            for each, token, fine in zip(batch, *drawn, strict=True)
        ]
        with suppress(Exception):  # what was drawn stands; the next step meets the error again
            self._forward()
        return commits

    def _commit(self, running: Running, token: int, sound: bool) -> Commit:  # noqa: FBT001
        if not sound:
            running.ended = True
            failure = ArithmeticError("the model gave values that are not finite")
            return Commit(running.first, error=failure)
        running.take(token)
        running.ended = token == STOP_SPEECH or running.made >= running.most
        spoken = () if token == STOP_SPEECH else (token,)
        return Commit(running.first, spoken, done=running.ended)

    def _forward(self) -> None:
        """Compute the logits after each token that is due; may be tried again if it fails."""
        batch = [each for each in self._running.values() if each.due and not each.ended]
        if not batch:
            return
        device = self.t3.device
        slots = torch.tensor([each.first for each in batch], device=device)
        tokens = torch.tensor([each.last for each in batch], device=device)
        steps = torch.tensor([each.made for each in batch], device=device)
        counts = torch.tensor([each.rows for each in batch], device=device)
        inputs = self.t3.speech(tokens, steps).repeat_interleave(counts, 0)
        if self._graphs is not None:
            rows = [row for each in batch for row in range(each.first, each.first + each.rows)]
            lengths = [each.length for each in batch for _ in range(each.rows)]
            logits, attention = self._graphs.run(inputs, rows, lengths)
            self._attention[: len(attention)] = attention
            first, second = slots, slots + counts - 1
        else:
            spy = self._spy(len(batch))
            spans = [each.span for each in batch]
            logits = self.t3.logits(self.t3.backbone.decode(inputs, self._cache, spans, spy))
            if spy is not None:
                self._attention[slots] = spy.attention
            first = counts.cumsum(0) - counts
            second = first + counts - 1
        self._logits[slots] = mixed(logits, first, second, self._guidance[slots])
        for each in batch:
            each.length += 1
            each.due = False

    def _spy(self, count: int) -> Spy | None:
        if not self.t3.family.guarded:
            return None
        return Spy(HEADS, torch.zeros(count, self._cache.positions, device=self.t3.device))

    def _prefilled(self, utterance: Utterance, first: int, cost: Cost) -> Running:
        t3 = self.t3
        prefix = utterance.voice.prefix(utterance.exaggeration)
        text = torch.tensor(utterance.text, dtype=torch.long, device=t3.device)
        inputs = t3.inputs(prefix, text, rows=cost.rows)
        logits = t3.logits(t3.backbone.prefill(inputs, self._cache, first))
        self._guidance[first] = utterance.cfg_weight if cost.rows > 1 else 0.0
        pair = torch.arange(cost.rows, device=t3.device)
        weight = self._guidance[first : first + 1]
        self._logits[first] = mixed(logits, pair[:1], pair[-1:], weight)[0]
        self._attention[first] = 0
        self._drawing.begin(first, utterance)
        length = inputs.shape[1]
        return Running(
            utterance,
            first,
            cost.rows,
            length,
            most=min(cost.positions - length + 1, self.spec.most_tokens),
            text_at=len(prefix),
            text_length=len(utterance.text) + 2,
        )
