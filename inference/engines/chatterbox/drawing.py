"""What is kept at each slot to choose tokens by, and the choice for all slots of a step."""

from collections.abc import Sequence

import torch
from torch import Tensor

from inference.engines.chatterbox.guard import GuardState, guarded
from inference.engines.chatterbox.interface import Utterance
from inference.engines.chatterbox.noise import uniforms
from inference.engines.chatterbox.running import Running
from inference.engines.chatterbox.sampler import Draw, sample
from inference.engines.chatterbox.t3 import START_SPEECH, STOP_SPEECH, T3


class Drawing:
    """Random numbers, seen tokens, temperature and guard of ``slots`` utterances.

    Nothing of one slot is read for another.
    """

    def __init__(self, t3: T3, *, slots: int, most_tokens: int) -> None:
        self._t3 = t3
        self._most_tokens = most_tokens
        self._seen = torch.zeros(slots, t3.vocabulary, dtype=torch.bool, device=t3.device)
        self._uniforms = torch.zeros(slots, most_tokens, device=t3.device)
        self._temperature = torch.zeros(slots, device=t3.device)
        self._guard = GuardState.empty(slots, t3.device)

    def begin(self, slot: int, utterance: Utterance) -> None:
        """Make ``slot`` ready for the first token of ``utterance``."""
        self._temperature[slot] = utterance.temperature
        self._seen[slot] = False
        self._seen[slot, START_SPEECH] = True
        drawn = uniforms(utterance.seed, self._most_tokens)
        self._uniforms[slot] = drawn.to(self._t3.device)
        self._guard.reset(slot)

    def draw(
        self, batch: Sequence[Running], slots: Tensor, logits: Tensor, attention: Tensor
    ) -> Tensor:
        """Return the next token of each of ``batch``, which lie at ``slots``, (n,) int64.

        ``logits`` are (n, vocabulary), ``attention`` (n, positions) is what the guard watches.
        """
        family = self._t3.family
        made = torch.tensor([each.made for each in batch], device=slots.device)
        if family.guarded:
            logits = self._watched(batch, slots, logits, attention)
        draw = Draw(self._temperature[slots], self._uniforms[slots, made], self._seen[slots])
        tokens = sample(logits, draw, family.sampling, warp_first=not family.guided)
        if not family.guided:
            # Turbo penalises the start of speech at the first token only.
            self._seen[slots, START_SPEECH] &= made > 0
        self._seen[slots, tokens] = True
        return tokens

    def _watched(
        self, batch: Sequence[Running], slots: Tensor, logits: Tensor, attention: Tensor
    ) -> Tensor:
        device = slots.device
        widest = max(each.text_length for each in batch)
        starts = torch.tensor([each.text_at for each in batch], device=device)
        columns = starts[:, None] + torch.arange(widest, device=device)
        stutters = [each.stuttering and each.made > 1 for each in batch]
        return guarded(
            logits,
            self._guard,
            slots=slots,
            attention=attention.gather(1, columns.clamp(max=attention.shape[1] - 1)),
            lengths=torch.tensor([each.text_length for each in batch], device=device),
            frames=torch.tensor([each.made for each in batch], device=device),
            stuttering=torch.tensor(stutters, device=device),
            stop=STOP_SPEECH,
        )
