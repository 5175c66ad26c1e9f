"""Pitch-synchronous overlap-add: another pitch, the same duration and formants.

After Moulines and Charpentier (1990): grains of two periods, cut out around the pitch marks
of the input, are laid down at the distance of the wanted periods. A voiced grain is blended
from the two marks around it: the nearest alone would come twice here and once there, and that
rhythm is heard as a lower pitch.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import signal

from inference.engines.base import OUTPUT_RATE, Progress, Samples
from inference.engines.espeak.pitch import HOP_SECONDS, PitchTrack

_UNVOICED_PERIOD = 0.006  # seconds between marks where there is no pitch
_CENTRE_SECONDS = 0.025  # the middle of the tracker's first frame
_SEARCH = 0.25  # of a period, around the expected mark
_BLOCK = 1 << 20  # samples filtered at a time, to bound memory on long audio
_MARGIN = 2_400  # samples, after which the filter has forgotten
_REPORTED_SAMPLES = 10 * OUTPUT_RATE


def shift_pitch(samples: Samples, track: PitchTrack, ratio: float, progress: Progress) -> Samples:
    """Multiply the pitch of 24 kHz ``samples`` by ``ratio``; as many samples come back.

    Calls ``progress`` after each ten seconds of audio.
    """
    marks = _marks(samples, track)
    progress()
    due = _REPORTED_SAMPLES
    centres = np.asarray(marks)
    out = np.zeros(samples.size, dtype=np.float32)
    weight = np.zeros(samples.size, dtype=np.float32)
    at = float(marks[0])
    while at < samples.size:
        left, right, share = _around(centres, at)
        nearest = left if at - left <= right - at else right
        step, voiced = _step(track, nearest)
        if voiced:
            _lay(out, weight, samples, centre=left, to=int(at), reach=int(step), share=1 - share)
            _lay(out, weight, samples, centre=right, to=int(at), reach=int(step), share=share)
        else:
            _lay(out, weight, samples, centre=nearest, to=int(at), reach=int(step), share=1.0)
        at += step / ratio if voiced else step
        if at >= due:
            progress()
            due += _REPORTED_SAMPLES
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
    smooth = np.empty_like(samples)
    for at in range(0, samples.size, _BLOCK):
        before = min(at, _MARGIN)
        near = signal.sosfiltfilt(band, samples[at - before : at + _BLOCK + _MARGIN])
        smooth[at : at + _BLOCK] = near[before:][:_BLOCK]
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


def _around(centres: npt.NDArray[np.int64], at: float) -> tuple[int, int, float]:
    """Return the marks before and after ``at``, and how far it lies towards the second."""
    index = min(max(int(np.searchsorted(centres, at)), 1), centres.size - 1)
    left, right = int(centres[index - 1]), int(centres[index])
    return left, right, min(1.0, max(0.0, (at - left) / (right - left)))


def _lay(
    out: Samples,
    weight: Samples,
    audio: Samples,
    *,
    centre: int,
    to: int,
    reach: int,
    share: float,
) -> None:
    """Add the windowed grain around ``centre`` of ``audio`` to ``out`` around ``to``."""
    before = min(reach, centre, to)
    after = min(reach, audio.size - centre, audio.size - to)
    window = np.float32(share) * _window(reach)[reach - before : reach + after]
    out[to - before : to + after] += audio[centre - before : centre + after] * window
    weight[to - before : to + after] += window


@lru_cache(maxsize=512)
def _window(reach: int) -> Samples:
    return np.hanning(2 * reach + 1).astype(np.float32)
