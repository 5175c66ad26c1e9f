"""Comparing storage with the rows that name its files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Manager
from django.utils import timezone

from speech.models import Speech
from voices.models import StoredPrompt, Voice

FILE_FIELDS: tuple[tuple[Manager[Any], str], ...] = (
    (Voice.objects, "reference_name"),
    (Voice.objects, "sample_name"),
    (StoredPrompt.objects, "file_name"),
    (Speech.objects, "audio_name"),
    (Speech.objects, "input_name"),
)
"""Every field that names a stored file."""

_FOLDERS = ("voices", "speeches")
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
    """Yield each stored file that no row names.

    Files of the last hour are passed over: their rows may be about to be written.
    """
    before = timezone.now() - _SETTLING
    walk = _walk(_FOLDERS)
    while names := list(islice(walk, _BATCH)):
        known: set[str] = set()
        for table, field in FILE_FIELDS:
            rows = table.filter(**{f"{field}__in": names})
            known.update(rows.values_list(field, flat=True))
        for name in names:
            if name not in known and default_storage.get_modified_time(name) < before:
                yield Finding(name, "storage has it, no row names it")


def _walk(folders: tuple[str, ...]) -> Iterator[str]:
    for folder in folders:
        try:
            inner, files = default_storage.listdir(folder)
        except FileNotFoundError:
            continue
        yield from (f"{folder}/{name}" for name in sorted(files))
        yield from _walk(tuple(f"{folder}/{name}" for name in sorted(inner)))
