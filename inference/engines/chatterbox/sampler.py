"""From logits to tokens, for all utterances of a step at once.

The order of the steps is the package's: ``T3.inference`` and ``T3.inference_turbo``.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from inference.engines.chatterbox.families import Sampling

_NEVER = float("-inf")


@dataclass(slots=True)
class Draw:
    """What a step needs to know of its n utterances, all of shape (n,) but ``seen``.

    ``temperature`` 0 takes the likeliest token; ``uniform`` in [0, 1) is the utterance's own
    random number of this step; ``seen`` (n, vocabulary) marks tokens to penalise.
    """

    temperature: Tensor
    uniform: Tensor
    seen: Tensor


def mixed(logits: Tensor, first: Tensor, second: Tensor, weight: Tensor) -> Tensor:
    """Guide: rows ``first`` of ``logits`` (rows, vocabulary) away from rows ``second``.

    A ``weight`` of 0 leaves row ``first`` exactly as it is. Returns (n, vocabulary).
    """
    wanted = logits[first]
    guided = wanted + weight[:, None] * (wanted - logits[second])
    return torch.where(weight[:, None] == 0, wanted, guided)


def sample(logits: Tensor, draw: Draw, rules: Sampling, *, warp_first: bool) -> Tensor:
    """Choose a token of each row of ``logits`` (n, vocabulary), as (n,) int64.

    ``warp_first`` penalises after temperature and cut-offs, as Turbo does, not before.
    One uniform number a token (inversion of the distribution) makes a row's choice depend
    on its own seed alone.
    """
    divisor = torch.where(draw.temperature == 0, 1.0, draw.temperature)[:, None]
    if warp_first:
        logits = _nucleus(_top(logits / divisor, rules.top_k), rules.top_p)
        logits = _penalised(logits, draw.seen, rules.repetition_penalty)
    else:
        logits = _penalised(logits, draw.seen, rules.repetition_penalty) / divisor
        logits = _nucleus(_likely(logits, rules.min_p), rules.top_p)
    greedy = draw.temperature == 0
    best = logits.argmax(-1)
    if bool(greedy.all()):
        return best
    mass = logits.softmax(-1).cumsum(-1)
    target = draw.uniform[:, None] * mass[:, -1:]
    drawn = (mass <= target).sum(-1).clamp(max=logits.shape[-1] - 1)
    return torch.where(greedy, best, drawn)


def _penalised(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    changed = torch.where(logits < 0, logits * penalty, logits / penalty)
    return torch.where(seen, changed, logits)


def _likely(logits: Tensor, min_p: float) -> Tensor:
    if min_p <= 0:
        return logits
    likelihood = logits.softmax(-1)
    return logits.masked_fill(likelihood < min_p * likelihood.amax(-1, keepdim=True), _NEVER)


def _top(logits: Tensor, count: int) -> Tensor:
    if not 0 < count < logits.shape[-1]:
        return logits
    least = logits.topk(count, dim=-1).values[:, -1:]
    return logits.masked_fill(logits < least, _NEVER)


def _nucleus(logits: Tensor, top_p: float) -> Tensor:
    if top_p >= 1:
        return logits
    ordered, order = logits.sort(dim=-1, descending=False)
    cut = ordered.softmax(-1).cumsum(-1) <= 1 - top_p
    cut[:, -1] = False
    return logits.masked_fill(torch.zeros_like(cut).scatter(-1, order, cut), _NEVER)
