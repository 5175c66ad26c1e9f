"""Recordings that come with a form."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Workspace
from inference.audio.decode import AudioInfo
from inference.audio.errors import AudioError
from inference.probing import probe_for
from voiceclone.api.native.errors import invalid
from voiceclone.api.native.inputs import MAX_FILE_BYTES

MIN_SECONDS = 1.0
_WRONG_TYPE = "Invalid file type. Supported formats: "

RECORDED = {"mp3": "MP3", "wav": "WAV", "webm": "WebM"}
"""What voices are cloned from, and what it is called."""

READABLE = {**RECORDED, "ogg": "Ogg", "flac": "FLAC", "aac": "AAC", "m4a": "M4A"}
"""What can be read: all that we hand out with a header of its own is among it."""


def probed(
    workspace: Workspace, file: Any, *, max_seconds: float, containers: Mapping[str, str]
) -> AudioInfo:
    """Say what a recording in one of ``containers`` is that a workspace uploaded.

    Raises ApiError where it is too large, of the wrong type, too short or too long;
    ProbingBusyError where too many are being read.
    """
    if file.size > MAX_FILE_BYTES:
        raise invalid("File size exceeds 20MB limit")
    try:
        info = probe_for(workspace.pk, file)
    except AudioError as error:
        if error.code == "TOO_LARGE":
            raise invalid(error.message) from error
        raise invalid(_WRONG_TYPE + ", ".join(containers.values())) from error
    if info.container not in containers:
        raise invalid(_WRONG_TYPE + ", ".join(containers.values()))
    if not MIN_SECONDS <= info.duration <= max_seconds:
        raise invalid(f"Audio duration must be between {MIN_SECONDS:g} and {max_seconds:g} seconds")
    return info
