"""The recording that a handle is made from."""

from typing import Any

from accounts.models import Workspace
from inference.audio.decode import AudioInfo
from inference.audio.limits import check_voice
from inference.probing import probe_for
from voiceclone.api.venice.errors import TOO_LARGE, ApiError, invalid
from voiceclone.api.venice.inputs import MAX_FILE_BYTES

CONTAINERS = ("mp3", "wav", "flac", "m4a")
MIN_SECONDS = 5.0


def probed(workspace: Workspace, file: Any) -> AudioInfo:
    """Say what a recording is that a workspace uploaded.

    Raises:
        ApiError: it is too large, or in another container.
        AudioError: it cannot be read, or is too short or silent.
        ProbingBusyError: too many are being read.
    """
    if file.size > MAX_FILE_BYTES:
        raise ApiError(*TOO_LARGE, param="file")
    info = probe_for(workspace.pk, file)
    if info.container not in CONTAINERS:
        raise invalid(
            "Unsupported audio container: MP3, WAV, FLAC and M4A are taken",
            param="file",
            code="unsupported_format",
        )
    check_voice(info, minimum=MIN_SECONDS)
    return info
