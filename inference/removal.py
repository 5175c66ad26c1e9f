"""Removing many stored files at once, where the storage can."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import structlog
from django.core.files.storage import default_storage

log = structlog.get_logger(__name__)

_MOST_KEYS: Final = 1000
"""So many objects one DeleteObjects request of S3 takes."""
_NOT_OFFERED: Final = {"NotImplemented", "MethodNotAllowed"}
"""Errors of S3-compatible stores that do not know that request."""


def remove_stored(names: Iterable[str]) -> set[str]:
    """Remove stored files; returns the names of those that the storage refused to remove.

    A file that is not there counts as removed. Empty names are passed over.
    """
    wanted = list(dict.fromkeys(name for name in names if name))
    if not hasattr(default_storage, "bucket"):
        return _one_by_one(wanted)
    refused: set[str] = set()
    for start in range(0, len(wanted), _MOST_KEYS):
        refused |= _in_bulk(default_storage, wanted[start : start + _MOST_KEYS])
    return refused


def _one_by_one(names: Sequence[str]) -> set[str]:
    refused: set[str] = set()
    for name in names:
        try:
            default_storage.delete(name)
        except Exception as error:  # noqa: BLE001 - a storage raises whatever its client raises
            log.warning("file_not_removed", name=name, error=repr(error))
            refused.add(name)
    return refused


def _in_bulk(storage: Any, names: Sequence[str]) -> set[str]:
    """Remove objects from an S3 bucket of django-storages by one request."""
    keys = {storage._normalize_name(name): name for name in names}  # noqa: SLF001 - no public way
    listed = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    try:
        errors = storage.bucket.delete_objects(Delete=listed).get("Errors", [])
    except Exception as error:  # noqa: BLE001 - see above
        if _code(error) in _NOT_OFFERED:
            return _one_by_one(names)
        log.warning("files_not_removed", count=len(names), error=repr(error))
        return set(names)
    for refusal in errors:
        log.warning("file_not_removed", name=refusal["Key"], error=refusal.get("Code"))
    return {keys[refusal["Key"]] for refusal in errors}


def _code(error: Exception) -> str:
    """Return the code of an error that S3 answered, or nothing."""
    answered = getattr(error, "response", None) or {}
    return str(answered.get("Error", {}).get("Code", ""))
