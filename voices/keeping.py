"""Keeping a voice's files with the rows that name them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from inference.jobs.runner import remove_files
from voices.models import Voice

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "webm": "audio/webm",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}
"""Content types of the containers that recordings come in."""


def new_file_name(voice: Voice, what: str, extension: str) -> str:
    """Return where to store a file of ``voice``: a name that no other writer is given.

    Two that store the same thing at once therefore never share a file, on storages that
    overwrite too, and whoever comes second may remove their own.
    """
    owner = voice.workspace_id or "system"
    return f"voices/{owner}/{voice.pk}/{what}-{secrets.token_hex(8)}.{extension}"


@contextmanager
def kept_or_removed(*names: str) -> Iterator[None]:
    """Remove stored files again where the transaction within did not take place."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise  # whether it was committed is not known, and then a row may name the files
    except Exception:
        remove_files([name for name in names if name])
        raise
