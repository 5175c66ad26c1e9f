"""All that is random, from an utterance's seed alone.

Drawn on the CPU whatever the device, and in blocks of fixed size, so that the same seed
gives the same numbers on every machine and however far they are drawn.
"""

import hashlib
from typing import Final

import torch
from torch import Tensor

_BLOCK: Final = 64  # mel frames


def seed_of(seed: int, *purpose: object) -> int:
    """Return a seed of its own for ``purpose``, 63 bits."""
    text = " ".join(str(each) for each in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def uniforms(seed: int, count: int) -> Tensor:
    """Return ``count`` numbers in [0, 1), one for each token, shape (count,)."""
    return torch.rand(count, generator=_generator(seed, "tokens"))


def phases(seed: int, harmonics: int) -> Tensor:
    """Return where each harmonic begins, in radians, (harmonics,); the first at 0."""
    drawn = (torch.rand(harmonics, generator=_generator(seed, "phases")) * 2 - 1) * torch.pi
    drawn[0] = 0
    return drawn


class Frames:
    """Gaussian noise of ``width`` numbers a frame, the same however it is asked for."""

    def __init__(self, seed: int, purpose: str, width: int) -> None:
        self._generator = _generator(seed, purpose)
        self._width = width
        self._drawn: list[Tensor] = []

    def upto(self, count: int) -> Tensor:
        """Return the first ``count`` frames, shape (count, width)."""
        while len(self._drawn) * _BLOCK < count:
            self._drawn.append(torch.randn(_BLOCK, self._width, generator=self._generator))
        if not count:
            return torch.zeros(0, self._width)
        return torch.cat(self._drawn[: -(-count // _BLOCK)])[:count]


def _generator(seed: int, purpose: str) -> torch.Generator:
    return torch.Generator().manual_seed(seed_of(seed, purpose))
