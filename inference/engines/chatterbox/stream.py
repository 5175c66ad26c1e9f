"""The audio of one utterance, whole at its end or in hops while its tokens are being made.

A hop runs the flow over all tokens so far. The flow is not causal, so a frame comes out a
little different each time more follows: what has been played stays as it was, the eight
frames after it are crossfaded from the old to the new, and the rest is new. The vocoder
sees 16 frames of what was played before, with the excitation they were played with.
"""

from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor

from inference.engines.chatterbox.flow import FRAMES, LOOK_AHEAD, MELS, FlowTask
from inference.engines.chatterbox.hift import HOP, HiFT, Source
from inference.engines.chatterbox.noise import Frames
from inference.engines.chatterbox.prompt import Prompt

HOPS: Final = (25, 50, 75, 100)
"""Tokens in the first hops; all later ones are as long as the last."""

_HELD: Final = 8  # frames that were vocoded but wait to be crossfaded
_CONTEXT: Final = 16  # frames; HiFT's convolutions see about 13 to each side
_FADE_SAMPLES: Final = 960  # 20 ms of silence and 20 ms of fade-in, as in the package


@dataclass(slots=True)
class Stream:
    """What has become of an utterance's tokens so far; of tokens (n,) come n * 960 samples.

    ``played`` counts frames that left as samples. ``mel`` (80, frames) are all frames as
    last computed, those played as they were played.
    """

    prompt: Prompt
    seed: int
    hops: bool
    tokens: list[int] = field(default_factory=list)
    ended: bool = False
    played: int = 0
    finished: bool = False
    _mel: Tensor | None = None
    _excitation: Tensor | None = None
    _held: Tensor | None = None
    _source: Source | None = None
    _noise: Frames | None = None
    _next: int = HOPS[0]
    _count: int = 0

    @property
    def ready(self) -> bool:
        """Whether there is something to vocode: the end, or enough for the next hop."""
        if self.finished:
            return False
        return self.ended or (self.hops and len(self.tokens) >= self._next + LOOK_AHEAD)

    def end(self, *, cropped: int = 0, tail: tuple[int, ...] = ()) -> None:
        """Say that all tokens are there; some models lose the last and gain some silence."""
        if self.tokens:
            self.tokens = [*self.tokens[: len(self.tokens) - cropped], *tail]
        self.ended = True

    def task(self) -> FlowTask:
        """Return what the flow has to compute now."""
        count = len(self.tokens) if self.ended else self._next + LOOK_AHEAD
        if self._noise is None:
            self._noise = Frames(self.seed, "flow", MELS)
        frames = FRAMES * (len(self.prompt.spoken) + count)
        return FlowTask(self.prompt, torch.tensor(self.tokens[:count]), self._noise.upto(frames))

    def samples(self, mel: Tensor, vocoder: HiFT) -> Tensor:
        """Take the flow's answer to the task, (80, frames); return the next samples (n,).

        Nothing has changed if it raises, so that it may be tried again.
        """
        last = self.ended
        if not last:
            mel = mel[:, : FRAMES * self._next]
        mel = self._blended(mel)
        source = self._source or vocoder.source(self.seed)
        total = mel.shape[1]
        begin = max(0, self.played - _CONTEXT)
        keep = (total if last else total - _HELD) - self.played
        hertz = vocoder.pitch(mel[:, begin:])[self.played - begin :]
        fresh, source = vocoder.excite(source, hertz, keep=keep)
        before = fresh[:0] if self._excitation is None else self._excitation
        excitation = torch.cat([before[-(self.played - begin) * HOP :], fresh])
        if begin == self.played:
            excitation = fresh
        spoken = vocoder.speak(mel[None, :, begin:], excitation[None])[0]
        spoken = spoken[(self.played - begin) * HOP :]
        out = self._faded(self._joined(spoken), keep)
        self._source = source
        self._excitation = excitation[: -_HELD * HOP or None][-_CONTEXT * HOP :]
        self._mel = mel
        self._held = None if last else spoken[keep * HOP :]
        self.played += keep
        self.finished = last
        self._count += 1
        self._next += HOPS[min(self._count, len(HOPS) - 1)]
        return out

    def _blended(self, mel: Tensor) -> Tensor:
        if self._mel is None or not self.played:
            return mel
        old, start = self._mel, self.played
        stop = min(start + _HELD, old.shape[1], mel.shape[1])
        rise = _ramp(stop - start, mel)
        mixed = old[:, start:stop] * (1 - rise) + mel[:, start:stop] * rise
        return torch.cat([old[:, :start], mixed, mel[:, stop:]], 1)

    def _joined(self, spoken: Tensor) -> Tensor:
        if self._held is None:
            return spoken
        length = min(len(self._held), len(spoken))
        rise = _ramp(length, spoken)
        mixed = self._held[:length] * (1 - rise) + spoken[:length] * rise
        return torch.cat([mixed, spoken[length:]])

    def _faded(self, samples: Tensor, keep: int) -> Tensor:
        samples = samples[: keep * HOP]
        if self.played:
            return samples
        half = _FADE_SAMPLES // 2
        fade = torch.zeros(_FADE_SAMPLES, device=samples.device)
        fade[half:] = (torch.cos(torch.linspace(torch.pi, 0, half)) + 1) / 2
        count = min(_FADE_SAMPLES, len(samples))
        return torch.cat([samples[:count] * fade[:count], samples[count:]])


def _ramp(count: int, like: Tensor) -> Tensor:
    """Return weights that rise smoothly from 0 to 1, both excluded, (count,)."""
    steps = (torch.arange(count, device=like.device, dtype=like.dtype) + 0.5) / max(count, 1)
    return (1 - torch.cos(torch.pi * steps)) / 2
