"""How loud audio is, and making it as loud as wanted."""

import math

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from inference.audio.activity import active_frames, frame_powers
from inference.engines.base import Samples

SILENCE = -math.inf
"""The level of digital silence, in dBFS."""

# Long enough that the gain's slope is no click, short enough to duck only the peak.
_LOOK_AHEAD_SECONDS = 0.005

_BLOCK = 1 << 20  # samples limited at a time


def _decibels(power: float) -> float:
    return 10 * math.log10(power) if power > 0 else SILENCE


def rms_dbfs(samples: Samples) -> float:
    """Return the level of all ``samples`` in dBFS; ``-inf`` for silence or none at all."""
    return (
        _decibels(float(np.square(samples, dtype=np.float64).mean())) if samples.size else SILENCE
    )


def peak(samples: Samples) -> float:
    """Return the largest magnitude in ``samples``, linear; 0 for none at all."""
    return float(np.max(np.abs(samples), initial=0.0))


def active_level(samples: Samples, rate: int) -> float:
    """Return the level in dBFS of those 20 ms frames at ``rate`` Hz that are not silence.

    Pauses do not lower it as they lower the RMS; ``-inf`` where all is silence.
    """
    active = active_frames(samples, rate)
    if not active.any():
        return SILENCE
    return _decibels(float(frame_powers(samples, rate)[active].mean()))


def apply_gain(samples: Samples, gain_db: float) -> Samples:
    """Return ``samples`` louder by ``gain_db`` dB; may exceed full scale (see limit)."""
    return np.asarray(samples * np.float32(10 ** (gain_db / 20)), dtype=np.float32)


def limit(samples: Samples, rate: int, ceiling: float = -1.0) -> Samples:
    """Return ``samples`` with no magnitude above ``ceiling`` dBFS.

    The gain falls before a peak and recovers after it within 5 ms each, smoothly, so that
    there is no click and no distortion to hear; where nothing exceeds the ceiling the
    samples come back as they are. A sample is bounded, not the curve between samples, which
    can pass it by a few tenths of a dB: hence a ceiling below 0.
    """
    top = 10 ** (ceiling / 20)
    if peak(samples) <= top:
        return samples
    # The gain of a sample depends on its neighbours and on nothing further away, so that a long
    # recording needs no more memory than a block.
    reach = 2 * max(1, round(rate * _LOOK_AHEAD_SECONDS / 2)) + 1
    out = samples.astype(np.float32)
    for start in range(0, samples.size, _BLOCK):
        before = min(start, 2 * reach)
        near = samples[start - before : start + _BLOCK + 2 * reach]
        gain = _limiting_gain(near, reach, top)[before:][:_BLOCK]
        out[start : start + _BLOCK] *= gain
    return np.clip(out, -top, top, out=out)


def _limiting_gain(samples: Samples, reach: int, top: float) -> Samples:
    # The least gain that any sample within reach needs, averaged over that same reach: each
    # value averaged is at most what the sample in the middle needs, so the mean is too.
    needed = np.minimum(1.0, top / np.maximum(np.abs(samples, dtype=np.float64), top))
    needed = minimum_filter1d(needed, 2 * reach - 1, mode="nearest")
    # Twice, for a slope without corners.
    gain = uniform_filter1d(uniform_filter1d(needed, reach, mode="nearest"), reach, mode="nearest")
    return np.asarray(gain, dtype=np.float32)


def normalize_peak(samples: Samples, target: float = -1.0) -> Samples:
    """Return ``samples`` with their peak at ``target`` dBFS; silence stays as it is."""
    loudest = peak(samples)
    return apply_gain(samples, target - 20 * math.log10(loudest)) if loudest > 0 else samples


def normalize_rms(samples: Samples, target: float = -20.0) -> Samples:
    """Return ``samples`` with their RMS at ``target`` dBFS; silence stays as it is.

    Peaks may exceed full scale (see limit).
    """
    level = rms_dbfs(samples)
    return apply_gain(samples, target - level) if level > SILENCE else samples
