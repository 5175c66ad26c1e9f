"""From mel frames to samples: the HiFT vocoder, its source seeded and continued across hops."""

from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn.utils import parametrize

from inference.engines.chatterbox.noise import Frames, phases

HOP: Final = 480
"""Samples in a mel frame at 24 kHz."""


@dataclass(frozen=True, slots=True)
class Source:
    """The excitation of one utterance: its noise, and where its harmonics have got to.

    ``turns`` (harmonics,) counts periods since the start, modulo 1, of ``frames`` frames.
    """

    noise: Frames
    phases: Tensor
    turns: Tensor
    frames: int = 0


class HiFT:
    """The package's ``HiFTGenerator`` with its randomness handed in.

    Its weight normalisation is folded into the weights once, in place.
    """

    def __init__(self, module: Any) -> None:
        self._module = module
        self._sines = module.m_source.l_sin_gen
        self._device = module.conv_post.bias.device
        for part in module.modules():
            if parametrize.is_parametrized(part, "weight"):
                parametrize.remove_parametrizations(part, "weight")

    def source(self, seed: int) -> Source:
        """Begin the excitation of an utterance."""
        harmonics = self._sines.harmonic_num + 1
        noise = Frames(seed, "source", harmonics * HOP)
        start = phases(seed, harmonics).to(self._device)
        return Source(noise, start, torch.zeros(harmonics, device=self._device))

    def pitch(self, mel: Tensor) -> Tensor:
        """Return the pitch of ``mel`` (80, n) in Hz, (n,)."""
        hertz: Tensor = self._module.f0_predictor(mel[None])[0]
        return hertz

    def excite(self, source: Source, hertz: Tensor, *, keep: int) -> tuple[Tensor, Source]:
        """Return the excitation for frames of pitch ``hertz`` (n,), (n * 480,).

        It follows the frames that ``source`` has behind it. With it comes the source that has
        the first ``keep`` of these frames behind it too.
        """
        samples = hertz.repeat_interleave(HOP)[None]
        multiples = torch.arange(1, len(source.turns) + 1, device=self._device)[:, None]
        steps = samples * multiples / self._sines.sampling_rate
        turns = (source.turns[:, None] + steps.cumsum(-1)) % 1
        waves = self._sines.sine_amp * torch.sin(2 * torch.pi * turns + source.phases[:, None])
        voiced = (samples > self._sines.voiced_threshold).float()
        loudness = voiced * self._sines.noise_std + (1 - voiced) * self._sines.sine_amp / 3
        drawn = source.noise.upto(source.frames + len(hertz))[source.frames :].to(self._device)
        noise = drawn.view(len(hertz), -1, HOP).transpose(0, 1).reshape(len(source.turns), -1)
        waves = waves * voiced + loudness * noise
        merge = self._module.m_source
        excitation: Tensor = merge.l_tanh(merge.l_linear(waves.T))[:, 0]
        if not keep:
            return excitation, source
        behind = turns[:, keep * HOP - 1].clone()
        return excitation, replace(source, turns=behind, frames=source.frames + keep)

    def speak(self, mel: Tensor, excitation: Tensor) -> Tensor:
        """Return the samples of ``mel`` (rows, 80, n) with excitation (rows, n * 480)."""
        samples: Tensor = self._module.decode(x=mel, s=excitation[:, None])
        return samples
