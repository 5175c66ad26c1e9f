"""Pitch-synchronous overlap-add: another pitch, the same duration and formants.

After Moulines and Charpentier (1990): grains of two periods, cut out around the pitch marks
of the input, are laid down at the distance of the wanted periods.
"""

import numpy as np
import numpy.typing as npt
from scipy import signal

from inference.engines.base import OUTPUT_RATE, Samples
from inference.engines.espeak.pitch import HOP_SECONDS, PitchTrack

_UNVOICED_PERIOD = 0.006  # seconds between marks where there is no pitch
_CENTRE_SECONDS = 0.025  # the middle of the tracker's first frame
_SEARCH = 0.25  # of a period, around the expected mark


def shift_pitch(samples: Samples, track: PitchTrack, ratio: float) -> Samples:
    """Multiply the pitch of 24 kHz ``samples`` by ``ratio``; as many samples come back."""
    marks = _marks(samples, track)
    centres = np.asarray(marks)
    out = np.zeros(samples.size, dtype=np.float32)
    weight = np.zeros(samples.size, dtype=np.float32)
    at = float(marks[0])
    while at < samples.size:
        centre = marks[_nearest(centres, at)]
        step, voiced = _step(track, centre)
        _lay(out, weight, samples, centre=centre, to=int(at), reach=int(step))
        at += step / ratio if voiced else step
    # Where grains overlap more than once the sum is taken back; gaps stay gaps.
    return np.asarray(out / np.maximum(weight, 1.0), dtype=np.float32)


def _step(track: PitchTrack, at: int) -> tuple[float, bool]:
    """Return the distance from the mark at sample ``at`` to the next, and if it is voiced."""
    frame = round((at / OUTPUT_RATE - _CENTRE_SECONDS) / HOP_SECONDS)
    hertz = float(track.hertz[min(max(frame, 0), track.hertz.size - 1)])
    return (OUTPUT_RATE / hertz, True) if hertz else (_UNVOICED_PERIOD * OUTPUT_RATE, False)


def _marks(samples: Samples, track: PitchTrack) -> list[int]:
    """Place marks a period apart, at the peaks of the voice."""
    band = signal.butter(2, 900, fs=OUTPUT_RATE, output="sos")
    smooth = signal.sosfiltfilt(band, samples).astype(np.float32)
    marks = [0]
    while True:
        step, _ = _step(track, marks[-1])
        expected = marks[-1] + int(step)
        if expected >= samples.size:
            return marks
        if _step(track, expected)[1]:
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


def _lay(
    out: Samples, weight: Samples, audio: Samples, *, centre: int, to: int, reach: int
) -> None:
    """Add the windowed grain around ``centre`` of ``audio`` to ``out`` around ``to``."""
    before = min(reach, centre, to)
    after = min(reach, audio.size - centre, audio.size - to)
    window = np.hanning(2 * reach + 1)[reach - before : reach + after]
    out[to - before : to + after] += audio[centre - before : centre + after] * window
    weight[to - before : to + after] += window
