"""Everything a workspace holds, as one zip: a JSON file and the audio."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.db.models import Model, QuerySet

from accounts.models import ApiKey, Membership, Workspace
from billing.queries import entries_of
from speech.models import Speech
from voices.models import Voice

_SECRET = {"secret_hash", "lookup"}
_BLOCK = 1024 * 1024


class ExportFailedError(Exception):
    """The storage does not give its files just now; try again later."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: how many audio files, and the names of those that are missing."""

    files: int
    missing: list[str]


def export_workspace(workspace: Workspace, path: Path) -> Exported:
    """Write a workspace's data to the zip ``path``.

    Deleted voices and speeches are left out; so is what only we need, such as key hashes. A
    file that is named and not there is listed in ``workspace.json`` under ``missingFiles``.

    Raises:
        ExportFailedError: the storage cannot be read.
    """
    voices = Voice.objects.present().filter(workspace=workspace).order_by("created_at")
    speeches = Speech.objects.of(workspace).order_by("created_at")
    names = [name for name in _names(voices, "reference_name") if name]
    names += [name for name in _names(voices, "sample_name") if name]
    names += [name for name in _names(speeches, "audio_name") if name]
    names += [name for name in _names(speeches, "input_name") if name]
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        missing = [name for name in names if not _copy(name, archive)]
        described = {
            "workspace": _row(workspace),
            "members": [
                {"email": member.user.email, "role": member.role}
                for member in Membership.objects.filter(workspace=workspace).select_related("user")
            ],
            "apiKeys": [_row(key) for key in ApiKey.objects.of(workspace)],
            "voices": [_row(voice) for voice in voices.iterator()],
            "speeches": [_row(speech) for speech in speeches.iterator()],
            "ledger": [_row(entry) for entry in entries_of(workspace).iterator(chunk_size=2000)],
            "missingFiles": missing,
        }
        archive.writestr("workspace.json", json.dumps(described, indent=1, default=str))
    return Exported(len(names) - len(missing), missing)


def _copy(name: str, archive: zipfile.ZipFile) -> bool:
    """Copy a stored file into the zip; False where there is none."""
    try:
        source = cast("BinaryIO", default_storage.open(name))
    except FileNotFoundError:
        return False
    except Exception as error:  # a storage raises whatever its client raises
        raise ExportFailedError from error
    with source, archive.open(f"audio/{name}", "w") as target:
        while block := _read(source):
            target.write(block)
    return True


def _read(source: BinaryIO) -> bytes:
    try:
        return source.read(_BLOCK)
    except Exception as error:
        raise ExportFailedError from error


def _names(rows: QuerySet[Any], field: str) -> Iterator[str]:
    yield from rows.values_list(field, flat=True)


def _row(row: Model) -> dict[str, Any]:
    return {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields  # noqa: SLF001 - Django's public name for it
        if field.name not in _SECRET
    }
