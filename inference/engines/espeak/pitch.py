"""The engine's pitch tracker: normalised autocorrelation in two passes.

The first pass looks everywhere a voice can be; the second looks again around what the
first found, which takes out most octave errors (the two-pass bounds follow Hirst, 2011).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal

from inference.engines.base import OUTPUT_RATE, Samples

LOWEST_HZ, HIGHEST_HZ = 55.0, 520.0
HOP_SECONDS = 0.01

_DECIMATION = 2
_RATE = OUTPUT_RATE // _DECIMATION
_FRAME = int(0.05 * _RATE)
_HOP = int(HOP_SECONDS * _RATE)
_VOICED = 0.62  # correlation from which a frame counts as voiced
_FIRST_PEAK = 0.88  # a shorter lag wins when it reaches this share of the best
_FLOOR_DB = 35.0  # frames this far under the loud ones are not speech
_LOWPASS_HZ = 1200.0
_BLOCK = 2048  # frames a block, to bound memory on long audio

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PitchTrack:
    """F0 in Hz for each 10 ms frame, 0 where unvoiced, shape ``(frames,)``."""

    hertz: Floats

    @property
    def voiced_seconds(self) -> float:
        """Return how long the voice sounds."""
        return float(np.count_nonzero(self.hertz)) * HOP_SECONDS

    @property
    def median(self) -> float:
        """Return the median F0 of the voiced frames in Hz, 0 where there are none."""
        voiced = self.hertz[self.hertz > 0]
        return float(np.median(voiced)) if voiced.size else 0.0

    @property
    def spread(self) -> float:
        """Return the distance of the 10th and 90th percentile of F0 in semitones."""
        voiced = self.hertz[self.hertz > 0]
        if not voiced.size:
            return 0.0
        low, high = np.percentile(voiced, [10, 90])
        return float(12 * np.log2(high / low))


def track_pitch(samples: Samples) -> PitchTrack:
    """Track the pitch of ``samples`` at 24 kHz."""
    low_rate = signal.resample_poly(samples.astype(np.float64), 1, _DECIMATION)
    if low_rate.size < _FRAME * 2:
        return PitchTrack(np.zeros(0))
    band = signal.butter(4, [50, _LOWPASS_HZ], "bandpass", fs=_RATE, output="sos")
    filtered = signal.sosfiltfilt(band, low_rate)
    frames = np.lib.stride_tricks.sliding_window_view(filtered, _FRAME)[::_HOP]
    blocks = [frames[at : at + _BLOCK] for at in range(0, len(frames), _BLOCK)]
    correlation = np.concatenate([_correlate(block).astype(np.float32) for block in blocks])
    energy = np.concatenate([np.mean(block**2, axis=1) for block in blocks])
    loud = energy > np.percentile(energy, 95) * 10 ** (-_FLOOR_DB / 10) + 1e-10
    first = _pick(correlation, loud, LOWEST_HZ, HIGHEST_HZ)
    voiced = first[first > 0]
    if not voiced.size:
        return PitchTrack(first)
    low, high = np.percentile(voiced, [35, 65])
    return PitchTrack(_pick(correlation, loud, max(LOWEST_HZ, 0.6 * low), 1.65 * high))


def _correlate(frames: Floats) -> Floats:
    """Normalised cross-correlation of each frame with itself at each lag, (n, lags)."""
    lags = int(_RATE / LOWEST_HZ) + 2
    size = 1 << (2 * _FRAME - 1).bit_length()
    spectrum = np.fft.rfft(frames, size)
    raw = np.fft.irfft(np.abs(spectrum) ** 2, size)[:, :lags]
    power = np.cumsum(frames**2, axis=1)
    total = power[:, -1:]
    head = power[:, _FRAME - 1 - np.arange(lags)]
    tail = total - np.concatenate([np.zeros_like(total), power[:, : lags - 1]], axis=1)
    return np.asarray(raw / np.sqrt(np.maximum(head * tail, 1e-20)), dtype=np.float64)


def _pick(
    correlation: npt.NDArray[np.float32], loud: npt.NDArray[np.bool_], low: float, high: float
) -> Floats:
    """Choose a lag for each frame between two pitches; 0 Hz where none is voiced."""
    first = max(2, int(_RATE / min(high, HIGHEST_HZ)))
    last = min(correlation.shape[1] - 1, int(np.ceil(_RATE / low)) + 1)
    middle = correlation[:, first:last]
    left, right = correlation[:, first - 1 : last - 1], correlation[:, first + 1 : last + 1]
    peaks = np.where((middle >= left) & (middle >= right), middle, 0.0)
    best = peaks.max(axis=1)
    chosen = np.argmax(peaks >= best[:, None] * _FIRST_PEAK, axis=1)
    rows = np.arange(len(chosen))
    before, at, after = left[rows, chosen], middle[rows, chosen], right[rows, chosen]
    curve = before - 2 * at + after
    shift = np.where(curve < 0, 0.5 * (before - after) / np.where(curve < 0, curve, 1.0), 0.0)
    hertz = _RATE / (first + chosen + shift)
    return np.where((best > _VOICED) & loud, hertz, 0.0)
