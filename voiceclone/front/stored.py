"""The audio of a completed speech, read from where it is stored."""

from collections.abc import Iterator
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.storage import default_storage
from django.db import DatabaseError

from inference.live import LiveChunk
from speech.models import Speech
from voiceclone.api.waiting import LiveResponse

log = structlog.get_logger(__name__)

BLOCK = 64 * 1024


def headers_of(deferred: LiveResponse) -> dict[str, str]:
    """Return the headers of a speech's audio, once there is some: what spoke, and the view's own.

    Where the database does not say what spoke, the audio goes without.
    """
    try:
        spoken = Speech.get(deferred.job_id).made_by
    except (DatabaseError, ObjectDoesNotExist) as error:
        log.warning("made_by_unknown", job_id=deferred.job_id, error=repr(error))
        spoken = {}
    return spoken | deferred.audio_headers


def open_audio(speech_id: str, offset: int = 0, *, attempt: int | None = None) -> Any:
    """Return a speech's audio as a file, from the byte ``offset`` on.

    ``attempt`` is the one whose audio up to ``offset`` has been sent.

    Raises:
        FileNotFoundError: the speech was deleted meanwhile, or its file is another attempt's.
    """
    speech = Speech.get(speech_id)
    if not speech.audio_name or attempt not in (None, speech.attempt):
        raise FileNotFoundError(speech_id)
    file = default_storage.open(speech.audio_name)
    file.seek(offset)
    return file


def read_chunk(file: Any) -> LiveChunk | None:
    """Return the next block as a chunk for a framing; None at the end."""
    offset = file.tell()
    block = file.read(BLOCK)
    if not block:
        return None
    return LiveChunk(
        attempt=0, index=0, data=block, offset=offset, text_bytes=0, seconds=0.0, elapsed=0.0
    )


def chunks_of(file: Any) -> Iterator[LiveChunk]:
    """Yield the rest of a file, and close it."""
    with file:
        while (chunk := read_chunk(file)) is not None:
            yield chunk
