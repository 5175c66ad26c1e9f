"""Recordings that come with a form."""

from typing import Any

from accounts.models import Workspace
from inference.audio.decode import AudioInfo
from inference.audio.errors import AudioError
from inference.audio.limits import LEAST_SECONDS, check_voice
from inference.probing import probe_for
from voiceclone.api.native.errors import invalid
from voiceclone.api.native.inputs import MAX_FILE_BYTES

_WRONG_TYPE = "Invalid file type. Supported formats: "

RECORDED = {"mp3": "MP3", "wav": "WAV", "webm": "WebM"}
"""What voices are cloned from, and what it is called."""

READABLE = {**RECORDED, "ogg": "Ogg", "flac": "FLAC", "aac": "AAC", "m4a": "M4A"}
"""What can be read: all that we hand out with a header of its own is among it."""


_SAID_AS_IT_IS = ("NO_AUDIO", "TOO_LARGE")


def voice_recording(workspace: Workspace, file: Any) -> AudioInfo:
    """Say what a recording of a voice is that a workspace uploaded.

    Raises ApiError where it is too large, of the wrong type, too short or silent;
    ProbingBusyError where too many are being read.
    """
    info = _probed(workspace, file, RECORDED)
    try:
        check_voice(info)
    except AudioError as error:
        raise invalid(error.message) from error
    return info


def any_recording(workspace: Workspace, file: Any, *, max_seconds: float) -> AudioInfo:
    """Say what a recording of anything is that a workspace uploaded.

    Raises ApiError where it is too large, of the wrong type, too short or too long;
    ProbingBusyError where too many are being read.
    """
    info = _probed(workspace, file, READABLE)
    if not LEAST_SECONDS <= info.duration <= max_seconds:
        raise invalid(
            f"Audio duration must be between {LEAST_SECONDS:g} and {max_seconds:g} seconds"
        )
    return info


def _probed(workspace: Workspace, file: Any, containers: dict[str, str]) -> AudioInfo:
    if file.size > MAX_FILE_BYTES:
        raise invalid("File size exceeds 20MB limit")
    try:
        info = probe_for(workspace.pk, file)
    except AudioError as error:
        if error.code in _SAID_AS_IT_IS:
            raise invalid(error.message) from error
        raise invalid(_WRONG_TYPE + ", ".join(containers.values())) from error
    if info.container not in containers:
        raise invalid(_WRONG_TYPE + ", ".join(containers.values()))
    return info
