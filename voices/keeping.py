"""Keeping a customer's recording with the row that names it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from inference.jobs.runner import remove_files

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
