"""Recordings that come as base64 within an ``input``."""

import io
import math
from dataclasses import dataclass
from typing import BinaryIO

from accounts.models import Workspace
from inference.audio.decode import AudioInfo
from inference.audio.errors import AudioError
from inference.audio.inline import inline_audio
from inference.audio.limits import LEAST_SECONDS, check_voice
from inference.probing import probe_for
from voiceclone.api.runpod.errors import InputProblemError

MB = 1024 * 1024
MAX_REFERENCE_BYTES = 20 * MB
MAX_CONVERSION_BYTES = 10 * MB
MAX_CONVERSION_SECONDS = 300.0
TRIMMED_SECONDS = 10.0
"""What is used of the target of a transfer from audio to audio."""

BAD_BASE64 = "Incorrect padding"
"""What clients know a wrong base64 by, whatever is wrong with it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded file and what it is."""

    file: BinaryIO
    info: AudioInfo


def reference(
    workspace: Workspace, text: str, field: str, *, most_bytes: int = MAX_REFERENCE_BYTES
) -> Recording:
    """Return the recording of a voice; raises InputProblemError where it cannot be one.

    This and the other raise ProbingBusyError where too many are being read.
    """
    return _recording(workspace, text, field, most_bytes=most_bytes)


def to_convert(workspace: Workspace, text: str, field: str) -> Recording:
    """Return a recording that is to be said anew in another voice, the whole of it."""
    return _recording(
        workspace,
        text,
        field,
        most_bytes=MAX_CONVERSION_BYTES,
        seconds=(0.0, MAX_CONVERSION_SECONDS),
    )


def _recording(
    workspace: Workspace,
    text: str,
    field: str,
    *,
    most_bytes: int,
    seconds: tuple[float, float] = (LEAST_SECONDS, math.inf),
) -> Recording:
    try:
        file = io.BytesIO(inline_audio(text, max_bytes=most_bytes))
        info = probe_for(workspace.pk, file)
        check_voice(info, minimum=seconds[0], maximum=seconds[1])
    except AudioError as error:
        said = error.message
        if error.code == "BAD_BASE64" and not said.startswith(BAD_BASE64):
            said = f"{BAD_BASE64}: {said}"
        raise InputProblemError(f"{said} ({field})") from error
    return Recording(file, info)
