"""Everything a workspace holds, as one zip: a JSON file and the audio."""

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Model, QuerySet

from accounts.models import ApiKey, Membership, Workspace
from billing.queries import entries_of
from speech.models import Speech
from voices.models import Voice

_SECRET = {"secret_hash", "lookup"}


def export_workspace(workspace: Workspace, path: Path) -> int:
    """Write a workspace's data to the zip ``path``; returns how many audio files it holds.

    Deleted voices and speeches are left out; so is what only we need, such as key hashes.
    """
    voices = Voice.objects.present().filter(workspace=workspace).order_by("created_at")
    speeches = Speech.objects.of(workspace).order_by("created_at")
    files = [name for name in _names(voices, "reference_name") if name]
    files += [name for name in _names(voices, "sample_name") if name]
    files += [name for name in _names(speeches, "audio_name") if name]
    files += [name for name in _names(speeches, "input_name") if name]
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_DEFLATED) as archive:
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
        }
        archive.writestr("workspace.json", json.dumps(described, indent=1, default=str))
        for name in files:
            with (
                default_storage.open(name) as source,
                archive.open(f"audio/{name}", "w") as target,
            ):
                shutil.copyfileobj(source, target)
    return len(files)


def _names(rows: QuerySet[Any], field: str) -> Iterator[str]:
    yield from rows.values_list(field, flat=True)


def _row(row: Model) -> dict[str, Any]:
    return {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields  # noqa: SLF001 - Django's public name for it
        if field.name not in _SECRET
    }
