"""Which stretches of a recording are sound and which are silence."""

from typing import Final

import numpy as np
import numpy.typing as npt

from inference.engines.base import Samples

FRAME_SECONDS: Final = 0.02

# Room noise and quiet consonants part at about these (dB): nothing under the floor is
# speech, and nothing that far under the loud frames matters to a listener.
_FLOOR: Final = -60.0
_RANGE: Final = 40.0
_ABOVE_NOISE: Final = 9.0
_BELOW_LOUD: Final = 16.0


def frame_size(rate: int) -> int:
    """Return the samples in one frame of 20 ms at ``rate`` Hz."""
    return max(1, round(rate * FRAME_SECONDS))


def frame_powers(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Return the mean square of each 20 ms of ``samples``, shape ``(ceil(n / frame),)``.

    The last frame is averaged over the samples that it has.
    """
    size = frame_size(rate)
    squares = np.square(samples, dtype=np.float64)
    whole = samples.size - samples.size % size
    powers: npt.NDArray[np.float64] = squares[:whole].reshape(-1, size).mean(axis=1)
    if whole < samples.size:
        powers = np.append(powers, squares[whole:].mean())
    return powers


def active_frames(samples: Samples, rate: int) -> npt.NDArray[np.bool_]:
    """Say of each 20 ms of ``samples`` whether it is sound rather than silence.

    The threshold follows the recording: it lies above its noise, below its loud frames and
    never under -60 dBFS. Steady noise counts as sound: this is no detector of voices.
    """
    powers = frame_powers(samples, rate)
    if not powers.size:
        return np.zeros(0, np.bool_)
    levels = 10 * np.log10(np.maximum(powers, 1e-12))
    noise, loud = np.percentile(levels, (10, 95))
    loud = max(float(loud), float(levels.max()) - _BELOW_LOUD)
    threshold = max(_FLOOR, loud - _RANGE, min(float(noise) + _ABOVE_NOISE, loud - _BELOW_LOUD))
    return np.asarray(levels > threshold, dtype=np.bool_)
