"""What is stored under a prefix: listing it, and removing all of it.

Folders are walked. A bucket is listed a thousand objects at a time, and as many are removed with
one request.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.core.files.storage import default_storage

from inference.jobs.runner import remove_files

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file, and when it was last written."""

    name: str
    modified_at: datetime


def stored_under(prefix: str) -> Iterator[StoredFile]:
    """Yield each file whose name begins with ``prefix``, which ends with a slash."""
    bucket = _bucket()
    if bucket is not None:
        for found in bucket.objects.filter(Prefix=prefix):
            yield StoredFile(found.key, found.last_modified)
        return
    for name in _walk(prefix.rstrip("/")):
        try:
            yield StoredFile(name, default_storage.get_modified_time(name))
        except FileNotFoundError:
            continue  # removed since the folder was read


def remove_under(prefix: str) -> bool:
    """Remove each file whose name begins with ``prefix``; False where the storage kept any."""
    try:
        bucket = _bucket()
        if bucket is not None:
            return _remove_objects(bucket, prefix)
        return _remove_folder(prefix.rstrip("/"))
    except Exception:  # a storage raises whatever its client raises
        log.exception("prefix_not_removed", prefix=prefix)
        return False


def _bucket() -> Any:
    """Return boto's bucket where files are objects in one, else None."""
    return getattr(default_storage, "bucket", None)


def _remove_objects(bucket: Any, prefix: str) -> bool:
    errors = [
        error
        for reply in bucket.objects.filter(Prefix=prefix).delete()
        for error in reply.get("Errors", ())
    ]
    for error in errors:
        log.warning("file_not_removed", name=error.get("Key"), code=error.get("Code"))
    return not errors


def _walk(folder: str) -> Iterator[str]:
    try:
        inner, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in sorted(files))
    for name in sorted(inner):
        yield from _walk(f"{folder}/{name}")


def _remove_folder(folder: str) -> bool:
    """Remove a folder with all that is in it; goes on where something stays."""
    try:
        inner, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return True
    stays = [name for name in inner if not _remove_folder(f"{folder}/{name}")]
    emptied = remove_files([f"{folder}/{name}" for name in files])
    return emptied and not stays and remove_files([folder])
