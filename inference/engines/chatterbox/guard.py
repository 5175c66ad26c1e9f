"""The alignment guard of the multilingual model: no early end, no babble after the text.

It watches where three attention heads look in the text, as the package's
``AlignmentStreamAnalyzer`` does, but for all utterances at once, on the device, in running
sums instead of a growing matrix, and with three single heads computed instead of every
layer's full attention.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

HEADS: Final = ((9, 2), (12, 15), (13, 11))
"""(layer, head) that follow the text, from ``LLAMA_ALIGNED_HEADS``."""

_FORCED: Final = float(2**15)
_BACK, _AHEAD = -4, 7  # a larger jump in the text is not believed
_TAIL: Final = 3  # the last text tokens; speech has ended once they were reached
_TAIL_LIMIT: Final = 5.0  # frames of attention, 200 ms
_SHORT_TEXT: Final = 5


@dataclass(slots=True)
class GuardState:
    """Of each slot: ``position`` in the text, ``complete``, attention since completion.

    ``tail`` (slots, 3) is of the last text tokens, ``repeated`` of all but the last five.
    """

    position: Tensor
    complete: Tensor
    tail: Tensor
    repeated: Tensor

    @classmethod
    def empty(cls, slots: int, device: torch.device) -> "GuardState":
        """Return the state of ``slots`` utterances that have not begun."""
        return cls(
            position=torch.zeros(slots, dtype=torch.long, device=device),
            complete=torch.zeros(slots, dtype=torch.bool, device=device),
            tail=torch.zeros(slots, _TAIL, device=device),
            repeated=torch.zeros(slots, device=device),
        )

    def reset(self, slot: int) -> None:
        """Forget what was seen of a slot's last utterance."""
        self.position[slot] = 0
        self.complete[slot] = False
        self.tail[slot] = 0
        self.repeated[slot] = 0


def guarded(
    logits: Tensor,
    state: GuardState,
    *,
    slots: Tensor,
    attention: Tensor,
    lengths: Tensor,
    frames: Tensor,
    stuttering: Tensor,
    stop: int,
) -> Tensor:
    """Return ``logits`` (n, vocabulary) with the end of speech held back or forced.

    ``attention`` (n, widest text) is the mean of the heads over each text, ``lengths`` and
    ``frames`` (n,) are the text's tokens and the speech tokens so far, ``stuttering`` (n,)
    says that the last two tokens were equal. Updates ``state`` at ``slots`` (n,).
    """
    columns = torch.arange(attention.shape[1], device=attention.device)[None]
    shown = (columns <= frames[:, None]) & (columns < lengths[:, None])
    attention = attention.masked_fill(~shown, 0.0)
    looked = attention.argmax(-1)
    jump = looked - state.position[slots]
    near = (jump > _BACK) & (jump < _AHEAD)
    position = torch.where(near, looked, state.position[slots])
    before = state.complete[slots]
    complete = before | (position >= lengths - _TAIL)

    ends = (lengths[:, None] - _TAIL + columns[:, :_TAIL]).clamp(min=0)
    tail = state.tail[slots] + attention.gather(1, ends) * before[:, None]
    earlier = attention.masked_fill(columns >= (lengths - _SHORT_TEXT)[:, None], 0.0)
    repeated = state.repeated[slots] + earlier.amax(-1) * before

    state.position[slots], state.complete[slots] = position, complete
    state.tail[slots], state.repeated[slots] = tail, repeated

    held = (looked < lengths - _TAIL) & (lengths > _SHORT_TEXT)
    over = complete & ((tail.amax(-1) >= _TAIL_LIMIT) | (repeated > _TAIL_LIMIT))
    over |= stuttering
    forced = torch.full_like(logits, -_FORCED)
    forced[:, stop] = _FORCED
    kept = logits.clone()
    kept[:, stop] = torch.where(held, -_FORCED, logits[:, stop])
    return torch.where(over[:, None], forced, kept)
