"""What a decoded frame of audio holds."""

from typing import Any, Final

import av
import av.error
import numpy as np
import numpy.typing as npt

from inference.audio.channels import Planes
from inference.audio.errors import AudioError

# What PyAV raises about a file. Other errors come from reading the file (a storage that is
# away) and must not be taken for the customer's fault.
FILE_ERRORS = (av.error.FFmpegError, ValueError, ArithmeticError, LookupError)

# Far above any recording, low enough that sums and filters stay finite.
_LOUDEST = 65_536.0

SILENCE: Final = 2e-4
"""How far apart the samples of silence may lie: they stay under -80 dBFS."""


def unreadable() -> AudioError:
    """Return the refusal of a damaged file."""
    return AudioError("UNREADABLE", "The audio is damaged and cannot be decoded.")


def planes_of(frame: av.AudioFrame) -> Planes:
    """Return the samples of a frame as finite float32, shape ``(channels, n)``.

    Raises AudioError ``UNREADABLE`` for a format that cannot be converted.
    """
    data = _raw(frame)
    if not frame.format.is_planar:
        data = data.reshape(-1, frame.layout.nb_channels).T
    if data.dtype == np.uint8:
        data = (data.astype(np.float32) - 128) / 128
    elif data.dtype.kind == "i":
        data = data.astype(np.float32) / np.float32(_full_scale(data))
    else:
        data = np.clip(np.nan_to_num(data, nan=0, posinf=0, neginf=0), -_LOUDEST, _LOUDEST)
    return np.asarray(data, dtype=np.float32)


def is_silent(frame: av.AudioFrame) -> bool:
    """Whether no sample of a frame is more than :data:`SILENCE` from another.

    This costs far less than converting them. Raises AudioError as :func:`planes_of`.
    """
    data = _raw(frame)
    if not data.size:
        return True
    distance = float(data.max()) - float(data.min())  # NaN is no silence
    return distance <= SILENCE * (1.0 if data.dtype.kind == "f" else _full_scale(data))


def _raw(frame: av.AudioFrame) -> npt.NDArray[Any]:
    try:
        return frame.to_ndarray()
    except FILE_ERRORS as error:
        raise unreadable() from error


def _full_scale(data: npt.NDArray[Any]) -> float:
    return float(2 ** (8 * data.dtype.itemsize - 1))
