"""How long a recording may be, and that there is something to hear in it."""

import math

from inference.audio.decode import AudioInfo
from inference.audio.errors import AudioError

LEAST_SECONDS = 1.0
"""How long a recording of a voice has to be."""


def check_voice(
    info: AudioInfo, *, minimum: float = LEAST_SECONDS, maximum: float = math.inf
) -> None:
    """Refuse a recording of a voice that is silent, or outside ``minimum`` to ``maximum`` seconds.

    Longer ones than what is used are cut, so that most recordings need no maximum.
    Raises AudioError ``TOO_SHORT``, ``TOO_LONG`` or ``SILENT``.
    """
    check_duration(info.duration, minimum=minimum, maximum=maximum)
    if info.silent:
        raise AudioError("SILENT", "The recording is silent.")


def check_duration(duration: float, *, minimum: float, maximum: float) -> None:
    """Refuse a recording of ``duration`` seconds outside ``minimum`` to ``maximum`` (inclusive).

    Raises AudioError ``TOO_SHORT`` or ``TOO_LONG``.
    """
    if duration < minimum:
        raise AudioError(
            "TOO_SHORT", f"The audio lasts {duration:.2f} s; at least {minimum:g} s are needed."
        )
    if duration > maximum:
        raise AudioError(
            "TOO_LONG", f"The audio lasts {duration:.2f} s; at most {maximum:g} s are allowed."
        )
