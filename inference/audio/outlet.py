"""From what an engine makes to the file a customer asked for, as a stream."""

from typing import Literal, TypeAlias

import numpy as np

from inference.audio.encode import Encoder
from inference.audio.loudness import limit, normalize_peak, normalize_rms
from inference.audio.muxer import Correction
from inference.audio.resample import Resampler
from inference.audio.tempo import TempoChanger
from inference.engines.base import OUTPUT_RATE, Samples

Normalization: TypeAlias = Literal["", "peak", "rms"]

PEAK_DBFS, RMS_DBFS = 0.0, -20.0
"""The levels that the two normalisations bring a whole recording to."""


class Outlet:
    """Takes samples at 24 kHz and gives bytes of ``format`` at ``rate`` Hz, ``tempo`` as fast.

    How audio is cut into pushes is not heard in the result. A level can only be set when all
    is there: with a ``normalization`` every push returns nothing and :meth:`finish` the whole.
    Raises ValueError for a format, rate or tempo that there is not.
    """

    def __init__(
        self,
        format: str,  # noqa: A002 - the word
        rate: int = OUTPUT_RATE,
        *,
        tempo: float = 1.0,
        normalization: Normalization = "",
    ) -> None:
        self._tempo = TempoChanger(OUTPUT_RATE, tempo)
        self._encoder = Encoder(format, rate)
        self._resampler = Resampler(OUTPUT_RATE, rate)
        self._normalization: Normalization = normalization
        self._kept: list[Samples] = []
        self.rate = rate
        self.samples = 0

    @property
    def seconds(self) -> float:
        """How long the audio is that came out so far, or is kept for the end."""
        return self.samples / self.rate

    @property
    def corrections(self) -> list[Correction]:
        """What a stored copy says otherwise than the bytes given; known after the finish.

        See :attr:`inference.audio.encode.Encoder.corrections`.
        """
        return self._encoder.corrections

    def push(self, samples: Samples) -> bytes:
        """Feed ``samples``, shape ``(n,)`` at 24 kHz; return the bytes ready by now."""
        return self._give(self._resampler.push(self._tempo.push(samples)))

    def finish(self) -> bytes:
        """Return the last bytes; the outlet is not used afterwards."""
        last = self._resampler.push(self._tempo.finish())
        ready = self._give(np.concatenate([last, self._resampler.finish()]))
        if self._kept:
            whole = normalized(np.concatenate(self._kept), self.rate, self._normalization)
            self._kept.clear()
            ready = self._encoder.write(whole)
        return ready + self._encoder.finish()

    def _give(self, samples: Samples) -> bytes:
        self.samples += samples.size
        if not self._normalization:
            return self._encoder.write(samples)
        self._kept.append(samples)
        return b""


def normalized(samples: Samples, rate: int, normalization: Normalization) -> Samples:
    """Return a whole recording at ``rate`` Hz with its level set; silence stays as it is.

    ``peak``: its loudest sample is at full scale (0 dBFS). ``rms``: its RMS is -20 dBFS, and
    peaks that would pass -1 dBFS are limited.
    """
    if normalization == "peak":
        return normalize_peak(samples, PEAK_DBFS)
    if normalization == "rms":
        return limit(normalize_rms(samples, RMS_DBFS), rate)
    return samples
