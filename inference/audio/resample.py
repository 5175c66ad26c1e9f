"""Another sample rate for the same sound."""

from fractions import Fraction

import numpy as np

from inference.audio.graph import FilterChain, empty
from inference.audio.stretch import Stretch
from inference.engines.base import Samples

# A longer and steeper filter than FFmpeg's default (32 taps, cutoff 0.97): what lies above
# the new Nyquist frequency must not fold down into the band of speech.
_FILTER = "filter_size=128:cutoff=0.97"


class Resampler:
    """Resamples a stream from ``source_rate`` to ``target_rate`` Hz, anti-aliased.

    In all, n samples become exactly ``round(n * target_rate / source_rate)``.
    Raises ValueError for a rate that is not positive.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        if source_rate <= 0 or target_rate <= 0:
            raise ValueError(f"rates must be positive: {source_rate}, {target_rate}")
        self._stretch: Stretch | None = None
        if source_rate != target_rate:
            chain = FilterChain(source_rate, [("aresample", f"{target_rate}:{_FILTER}")])
            self._stretch = Stretch(chain, Fraction(target_rate, source_rate))

    def push(self, samples: Samples) -> Samples:
        """Feed ``samples``, shape ``(n,)``; return what is ready, shape ``(m,)``."""
        return samples if self._stretch is None else self._stretch.push(samples)

    def finish(self) -> Samples:
        """Return the rest; the resampler is not used afterwards."""
        return empty() if self._stretch is None else self._stretch.finish()


def resample(samples: Samples, source_rate: int, target_rate: int) -> Samples:
    """Resample ``samples``, shape ``(n,)`` at ``source_rate`` Hz, to ``target_rate`` Hz.

    Returns shape ``(m,)`` with ``m = round(n * target_rate / source_rate)`` (halves up), free
    of aliases. Raises ValueError for a rate that is not positive.
    """
    resampler = Resampler(source_rate, target_rate)
    return np.concatenate([resampler.push(samples), resampler.finish()])
