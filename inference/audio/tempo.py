"""Faster or slower speech at the same pitch."""

import math
from fractions import Fraction

import numpy as np

from inference.audio.graph import FilterChain, empty
from inference.audio.stretch import Stretch
from inference.engines.base import Samples

MIN_FACTOR = 0.25
MAX_FACTOR = 4.0

# FFmpeg's atempo stretches by overlap-add only between these; beyond 2 it drops samples.
_STEP_MAX = 2.0


class TempoChanger:
    """Changes the tempo of a stream at ``rate`` Hz by ``factor`` (2 is twice as fast).

    In all, n samples become exactly ``round(n / factor)``.
    Raises ValueError for a factor outside 0.25 to 4.
    """

    def __init__(self, rate: int, factor: float) -> None:
        if not MIN_FACTOR <= factor <= MAX_FACTOR:
            raise ValueError(f"tempo factor {factor} is not in {MIN_FACTOR} to {MAX_FACTOR}")
        self._stretch: Stretch | None = None
        if factor != 1:
            steps = max(1, math.ceil(abs(math.log(factor, _STEP_MAX)) - 1e-9))
            step = ("atempo", f"{factor ** (1 / steps):.9f}")
            chain = FilterChain(rate, [step] * steps)
            self._stretch = Stretch(chain, 1 / Fraction(factor), flush=rate // 4)

    def push(self, samples: Samples) -> Samples:
        """Feed ``samples``, shape ``(n,)``; return what is ready, shape ``(m,)``."""
        return samples if self._stretch is None else self._stretch.push(samples)

    def finish(self) -> Samples:
        """Return the rest; the changer is not used afterwards."""
        return empty() if self._stretch is None else self._stretch.finish()


def change_tempo(samples: Samples, rate: int, factor: float) -> Samples:
    """Play ``samples``, shape ``(n,)`` at ``rate`` Hz, ``factor`` times as fast.

    Pitch stays; returns ``round(n / factor)`` samples. Raises ValueError for a factor outside
    0.25 to 4.
    """
    changer = TempoChanger(rate, factor)
    return np.concatenate([changer.push(samples), changer.finish()])
