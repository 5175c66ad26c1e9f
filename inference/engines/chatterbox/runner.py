"""The autoregressive generator: prefill one by one, then one token a step for all at once."""

from dataclasses import dataclass

import torch
from torch import Tensor

from inference.engines.chatterbox.backbone import Span, Spy
from inference.engines.chatterbox.cache import Cache
from inference.engines.chatterbox.graphs import Graphs
from inference.engines.chatterbox.guard import HEADS, GuardState, guarded
from inference.engines.chatterbox.interface import Commit, Cost, Spec, Utterance
from inference.engines.chatterbox.noise import uniforms
from inference.engines.chatterbox.sampler import Draw, mixed, sample
from inference.engines.chatterbox.t3 import START_SPEECH, STOP_SPEECH, T3


@dataclass(slots=True)
class _Running:
    """An admitted utterance: the cache's rows ``first`` and on, and ``length`` of them used."""

    utterance: Utterance
    first: int
    rows: int
    length: int
    most: int
    text_at: int
    text_length: int
    made: int = 0
    last: int = -1
    stuttering: bool = False
    ended: bool = False

    @property
    def span(self) -> Span:
        return Span(self.first, self.rows, self.length)


class Runner:
    """Runs T3 for up to ``rows`` rows (an utterance takes two with guidance, else one).

    An utterance's slot is its first row. All that belongs to it (cache rows, seen tokens,
    random numbers, guard) lies at that slot, and nothing of it is read for another.
    ``static`` computes with fixed shapes, as CUDA graphs need; else each row over exactly
    its own length.
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
        self._graphs = (
            Graphs(t3, self._cache, HEADS if t3.family.guarded else ()) if static else None
        )
        self._running: dict[int, _Running] = {}
        device, family = t3.device, t3.family
        self._logits = torch.zeros(rows, t3.vocabulary, device=device)
        self._attention = torch.zeros(rows, positions if family.guarded else 0, device=device)
        self._seen = torch.zeros(rows, t3.vocabulary, dtype=torch.bool, device=device)
        self._uniforms = torch.zeros(rows, spec.most_tokens, device=device)
        self._temperature = torch.zeros(rows, device=device)
        self._guidance = torch.zeros(rows, device=device)
        self._guard = GuardState.empty(rows, device)

    @property
    def active(self) -> int:
        """How many slots are held."""
        return len(self._running)

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
            self._running.pop(first, None)
            self._cache.give(first, cost.rows)
            raise
        return first

    def release(self, slot: int) -> None:
        """See the protocol."""
        running = self._running.pop(slot)
        self._cache.give(running.first, running.rows)

    def step(self) -> list[Commit]:
        """Draw a token of each utterance, then compute the logits of the next one."""
        batch = [each for each in self._running.values() if not each.ended]
        if not batch:
            return []
        slots = torch.tensor([each.first for each in batch], device=self.t3.device)
        logits = self._logits[slots]
        sound = torch.isfinite(logits).all(-1)
        tokens = self._draw(batch, slots, logits)
        self._remember(batch, slots, tokens)
        drawn = torch.stack([tokens, sound.long()]).tolist()
        commits = [
            self._commit(each, token, bool(fine))
            for each, token, fine in zip(batch, *drawn, strict=True)
        ]
        self._forward([each for each in batch if not each.ended])
        return commits

    def _commit(self, running: _Running, token: int, sound: bool) -> Commit:  # noqa: FBT001
        if not sound:
            running.ended = True
            failure = ArithmeticError("the model gave values that are not finite")
            return Commit(running.first, error=failure)
        running.made += 1
        running.stuttering = token == running.last
        running.last = token
        if token == STOP_SPEECH:
            running.ended = True
            return Commit(running.first, done=True)
        running.ended = running.made >= running.most
        return Commit(running.first, (token,), done=running.ended)

    def _draw(self, batch: list[_Running], slots: Tensor, logits: Tensor) -> Tensor:
        family = self.t3.family
        made = torch.tensor([each.made for each in batch], device=slots.device)
        if family.guarded:
            logits = self._watched(batch, slots, logits, made)
        draw = Draw(self._temperature[slots], self._uniforms[slots, made], self._seen[slots])
        return sample(logits, draw, family.sampling, warp_first=not family.guided)

    def _watched(
        self, batch: list[_Running], slots: Tensor, logits: Tensor, made: Tensor
    ) -> Tensor:
        device = slots.device
        widest = max(each.text_length for each in batch)
        starts = torch.tensor([each.text_at for each in batch], device=device)
        columns = starts[:, None] + torch.arange(widest, device=device)
        attention = self._attention[slots].gather(1, columns.clamp(max=self._cache.positions - 1))
        stutters = [each.stuttering and each.made > 1 for each in batch]
        return guarded(
            logits,
            self._guard,
            slots=slots,
            attention=attention,
            lengths=torch.tensor([each.text_length for each in batch], device=device),
            frames=made,
            stuttering=torch.tensor(stutters, device=device),
            stop=STOP_SPEECH,
        )

    def _remember(self, batch: list[_Running], slots: Tensor, tokens: Tensor) -> None:
        if not self.t3.family.guided:
            # Turbo penalises the start of speech at the first token only.
            begun = torch.tensor([each.made > 0 for each in batch], device=slots.device)
            self._seen[slots, START_SPEECH] &= begun
        self._seen[slots, tokens] = True

    def _forward(self, batch: list[_Running]) -> None:
        if not batch:
            return
        device = self.t3.device
        slots = torch.tensor([each.first for each in batch], device=device)
        tokens = torch.tensor([each.last for each in batch], device=device)
        steps = torch.tensor([each.made for each in batch], device=device)
        inputs = self.t3.speech(tokens, steps)
        rows = [row for each in batch for row in range(each.first, each.first + each.rows)]
        counts = torch.tensor([each.rows for each in batch], device=device)
        inputs = inputs.repeat_interleave(counts, 0)
        if self._graphs is not None:
            logits, attention = self._graphs.run(inputs, rows, batch_lengths(batch))
            self._attention[: len(attention)] = attention
            first, second = slots, slots + counts - 1
        else:
            spy = self._spy(len(batch))
            states = self.t3.backbone.decode(
                inputs, self._cache, [each.span for each in batch], spy
            )
            logits = self.t3.logits(states)
            if spy is not None:
                self._attention[slots] = spy.attention
            first = counts.cumsum(0) - counts
            second = first + counts - 1
        self._logits[slots] = mixed(logits, first, second, self._guidance[slots])
        for each in batch:
            each.length += 1

    def _spy(self, count: int) -> Spy | None:
        if not self.t3.family.guarded:
            return None
        return Spy(HEADS, torch.zeros(count, self._cache.positions, device=self.t3.device))

    def _prefilled(self, utterance: Utterance, first: int, cost: Cost) -> _Running:
        t3 = self.t3
        prefix = utterance.voice.prefix(utterance.exaggeration)
        text = torch.tensor(utterance.text, dtype=torch.long, device=t3.device)
        inputs = t3.inputs(prefix, text, rows=cost.rows)
        logits = t3.logits(t3.backbone.prefill(inputs, self._cache, first))
        weight = torch.full((1,), utterance.cfg_weight if cost.rows > 1 else 0.0, device=t3.device)
        self._guidance[first] = weight[0]
        self._temperature[first] = utterance.temperature
        pair = torch.arange(cost.rows, device=t3.device)
        self._logits[first] = mixed(logits, pair[:1], pair[-1:], weight)[0]
        self._seen[first] = False
        self._seen[first, START_SPEECH] = True
        self._uniforms[first] = uniforms(utterance.seed, self.spec.most_tokens).to(t3.device)
        self._attention[first] = 0
        self._guard.reset(first)
        length = inputs.shape[1]
        return _Running(
            utterance,
            first,
            cost.rows,
            length,
            most=min(cost.positions - length + 1, self.spec.most_tokens),
            text_at=len(prefix),
            text_length=len(utterance.text) + 2,
        )


def batch_lengths(batch: list[_Running]) -> list[int]:
    """Return how many positions each row of ``batch`` holds."""
    return [each.length for each in batch for _ in range(each.rows)]
