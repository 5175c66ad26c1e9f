"""Comparing storage with the rows that name its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Manager
from django.utils import timezone

from accounts.models import Workspace
from speech.models import Speech
from voiceclone.housekeeping.erase import FOLDERS
from voiceclone.housekeeping.prefixes import StoredFile, stored_under
from voices.models import StoredPrompt, Voice

FILE_FIELDS: tuple[tuple[Manager[Any], str], ...] = (
    (Voice.objects, "reference_name"),
    (Voice.objects, "sample_name"),
    (StoredPrompt.objects, "file_name"),
    (Speech.objects, "audio_name"),
    (Speech.objects, "input_name"),
)
"""Every field that names a stored file."""

_SETTLING = timedelta(hours=1)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """A file without a row, or a row without its file."""

    name: str
    what: str


def rows_without_file() -> Iterator[Finding]:
    """Yield each file that a row names and storage does not have."""
    for table, field in FILE_FIELDS:
        named = table.exclude(**{field: ""}).order_by("pk")
        for key, name in named.values_list("pk", field).iterator(chunk_size=_BATCH):
            if not default_storage.exists(name):
                yield Finding(name, f"{table.model.__name__} {key} names it, storage lacks it")


def files_without_row() -> Iterator[Finding]:
    """Yield each stored file that no row names, and each file of an erased workspace.

    Files of the last hour are passed over otherwise: their rows may be about to be written.
    """
    before = timezone.now() - _SETTLING
    stored = (file for folder in FOLDERS for file in stored_under(f"{folder}/"))
    while files := list(islice(stored, _BATCH)):
        known = _named(files)
        erased = _erased(files)
        for file in files:
            if _owner(file) in erased:
                yield Finding(file.name, "storage has it, its workspace is erased")
            elif file.name not in known and file.modified_at < before:
                yield Finding(file.name, "storage has it, no row names it")


def _named(files: list[StoredFile]) -> set[str]:
    """Return the names that rows give."""
    names = [file.name for file in files]
    known: set[str] = set()
    for table, field in FILE_FIELDS:
        rows = table.filter(**{f"{field}__in": names})
        known.update(rows.values_list(field, flat=True))
    return known


def _erased(files: list[StoredFile]) -> set[str]:
    """Return the ids of workspaces that these files belong to and that were closed."""
    owners = {_owner(file) for file in files}
    closed = Workspace.objects.filter(pk__in=owners, closed_at__isnull=False)
    return set(closed.values_list("pk", flat=True))


def _owner(file: StoredFile) -> str:
    """Return what stands where the names of a workspace's files have its id."""
    return file.name.split("/")[1]
