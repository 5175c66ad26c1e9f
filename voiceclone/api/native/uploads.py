"""Recordings that come with a form."""

from typing import Any

from inference.audio.decode import AudioInfo, probe
from inference.audio.errors import AudioError
from voiceclone.api.native.errors import invalid
from voiceclone.api.native.inputs import MAX_FILE_BYTES

MIN_SECONDS = 1.0
_CONTAINERS = {"mp3", "wav", "webm"}
_WRONG_TYPE = "Invalid file type. Supported formats: MP3, WAV, WebM"


def probed(file: Any, *, max_seconds: float) -> AudioInfo:
    """Say what an uploaded recording is.

    Raises ApiError where it is too large, of the wrong type, too short or too long.
    """
    if file.size > MAX_FILE_BYTES:
        raise invalid("File size exceeds 20MB limit")
    try:
        info = probe(file)
    except AudioError as error:
        raise invalid(_WRONG_TYPE) from error
    if info.container not in _CONTAINERS:
        raise invalid(_WRONG_TYPE)
    if not MIN_SECONDS <= info.duration <= max_seconds:
        raise invalid(f"Audio duration must be between {MIN_SECONDS:g} and {max_seconds:g} seconds")
    return info
