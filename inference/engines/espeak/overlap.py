"""Pitch-synchronous overlap-add: another pitch, the same duration and formants.

After Moulines and Charpentier (1990): grains of two periods, cut out around the pitch marks
of the input, are laid down at the distance of the wanted periods.
"""

import numpy as np
import numpy.typing as npt
from scipy import signal

from inference.engines.base import OUTPUT_RATE, Samples
from inference.engines.espeak.pitch import HOP_SECONDS, PitchTrack

Floats = npt.NDArray[np.float64]

_UNVOICED_PERIOD = 0.006  # seconds between marks where there is no pitch
_CENTRE_SECONDS = 0.025  # the middle of the tracker's first frame
_SEARCH = 0.25  # of a period, around the expected mark


def shift_pitch(samples: Samples, track: PitchTrack, ratio: float) -> Samples:
    """Multiply the pitch of 24 kHz ``samples`` by ``ratio``; as many samples come back."""
    audio = samples.astype(np.float64)
    periods = _periods(track, audio.size)
    voiced = periods > 0
    steps = np.where(voiced, periods, _UNVOICED_PERIOD * OUTPUT_RATE)
    marks = _marks(audio, steps, voiced)
    centres = np.asarray(marks)
    out = np.zeros(audio.size + 1)
    weight = np.zeros(audio.size + 1)
    at = float(marks[0])
    while at < audio.size:
        nearest = _nearest(centres, at)
        centre = marks[nearest]
        reach = int(steps[centre])
        _lay(out, weight, audio, centre=centre, to=round(at), reach=reach)
        at += steps[centre] / ratio if voiced[centre] else steps[centre]
    # Where grains overlap more than once the sum is taken back; gaps stay gaps.
    return (out[:-1] / np.maximum(weight[:-1], 1.0)).astype(np.float32)


def _periods(track: PitchTrack, size: int) -> Floats:
    """Return the period in samples at every sample, 0 where unvoiced, shape ``(size,)``."""
    frames = (np.arange(size) / OUTPUT_RATE - _CENTRE_SECONDS) / HOP_SECONDS
    nearest = np.clip(np.round(frames).astype(np.int64), 0, track.hertz.size - 1)
    hertz = track.hertz[nearest]
    return np.where(hertz > 0, OUTPUT_RATE / np.maximum(hertz, 1.0), 0.0)


def _marks(audio: Floats, steps: Floats, voiced: npt.NDArray[np.bool_]) -> list[int]:
    """Place marks a period apart, at the peaks of the voice."""
    band = signal.butter(2, 900, fs=OUTPUT_RATE, output="sos")
    smooth = signal.sosfiltfilt(band, audio)
    marks = [0]
    while True:
        step = steps[marks[-1]]
        expected = marks[-1] + int(step)
        if expected >= audio.size:
            return marks
        if voiced[expected]:
            reach = int(_SEARCH * step)
            low = max(marks[-1] + 1, expected - reach)
            expected = low + int(np.argmax(smooth[low : expected + reach + 1]))
        marks.append(expected)


def _nearest(centres: npt.NDArray[np.int64], at: float) -> int:
    right = int(np.searchsorted(centres, at))
    if right == 0:
        return 0
    if right == centres.size or at - centres[right - 1] <= centres[right] - at:
        return right - 1
    return right


def _lay(out: Floats, weight: Floats, audio: Floats, *, centre: int, to: int, reach: int) -> None:
    """Add the windowed grain around ``centre`` of ``audio`` to ``out`` around ``to``."""
    before = min(reach, centre, to)
    after = min(reach, audio.size - centre, audio.size - to)
    window = np.hanning(2 * reach + 1)[reach - before : reach + after]
    out[to - before : to + after] += audio[centre - before : centre + after] * window
    weight[to - before : to + after] += window
