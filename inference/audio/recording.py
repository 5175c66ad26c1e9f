"""A recording of a voice as the engines measure it."""

from typing import BinaryIO, Final

import numpy as np
from scipy import signal

from inference.audio.decode import decode
from inference.audio.frames import SILENCE
from inference.audio.loudness import normalize_peak, peak
from inference.engines.base import OUTPUT_RATE, Samples

_LOWEST_HZ: Final = 20.0  # what swings more slowly is an offset, and no voice
_BLOCK: Final = 1 << 20  # samples, to bound memory on long audio


def read_recording(file: BinaryIO, *, max_seconds: float) -> Samples:
    """Return the first ``max_seconds`` of ``file`` at 24 kHz, so that measures are the same.

    They would depend on how loud it was recorded, and on an offset of the recorder: the offset
    is taken out and the loudest sample brought to -1 dBFS, unless all is silent. Raises
    AudioError as :func:`decode`.
    """
    samples = without_offset(decode(file, rate=OUTPUT_RATE, max_seconds=max_seconds))
    return samples if peak(samples) <= SILENCE else normalize_peak(samples)


def without_offset(samples: Samples) -> Samples:
    """Return ``samples`` at 24 kHz, shape ``(n,)`` with n > 0, with nothing under 20 Hz."""
    high = signal.butter(2, _LOWEST_HZ, "highpass", fs=OUTPUT_RATE, output="sos")
    state = signal.sosfilt_zi(high) * float(samples[0])
    out = np.empty_like(samples)
    for at in range(0, samples.size, _BLOCK):
        block = samples[at : at + _BLOCK].astype(np.float64)
        out[at : at + _BLOCK], state = signal.sosfilt(high, block, zi=state)
    return out
