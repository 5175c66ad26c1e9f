"""Voices and recordings that were kept long enough, and what deleted ones left behind.

Each function is a housekeeping task: it does one batch and returns whether there may be more.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from inference.housekeeping import BATCH, in_parts, report
from inference.jobs.model import LIVE, JobState
from inference.jobs.purging import (
    delete_rows,
    due_for_purge,
    hide_rows,
    ids,
    leave_until,
    put_off,
    remove_files,
)
from inference.jobs.retention import past_retention
from inference.removal import remove_stored
from voices.models import StoredPrompt, Voice, VoiceType

_WHILE_JOBS_RUN = timedelta(minutes=1)
_WHILE_SPEECHES_STAY = timedelta(days=30)
"""A voice's row is looked at as soon as its last speech is deleted; this is for the rest."""


def expire_references() -> bool:
    """Remove the recordings that were kept as long as their workspace's plan says.

    The voice goes on speaking from its prompts; one that has none keeps its recording.
    """
    recorded = Voice.objects.filter(
        Exists(StoredPrompt.objects.filter(voice=OuterRef("pk"))),
        type=VoiceType.USER,
        state=JobState.COMPLETED,
        deleted_at=None,
    ).exclude(reference_name="")
    old = past_retention(recorded, "reference_days", settings.RETENTION_REFERENCE_DAYS)
    refused = remove_stored(voice.reference_name for voice in old)
    free: list[Voice] = []
    for voice in old:
        if voice.reference_name in refused:
            report(voice, files=[voice.reference_name])
            put_off(voice)
        else:
            free.append(voice)
    done = in_parts(free, _forget_reference, put_off)
    return len(old) == BATCH and done > 0


def expire_handles() -> bool:
    """Delete the handles that have expired."""
    now = timezone.now()
    passed = Voice.objects.filter(
        type=VoiceType.HANDLE, deleted_at=None, expires_at__lte=now, housekeeping_at__lte=now
    )
    rows = list(passed.order_by("expires_at")[:BATCH])
    return in_parts(rows, hide_rows, put_off) > 0 and len(rows) == BATCH


def expire_one_request_voices() -> bool:
    """Delete the recordings for one request that were used and then kept long enough."""
    used = Voice.objects.filter(type=VoiceType.ONCE, deleted_at=None, finished_at__isnull=False)
    idle = used.exclude(speeches__state__in=LIVE)
    old = past_retention(idle, "one_request_days", settings.RETENTION_ONE_REQUEST_DAYS)
    return in_parts(old, hide_rows, put_off) > 0 and len(old) == BATCH


def purge_deleted_voices() -> bool:
    """Remove the files of deleted voices that no job needs any more, and in the end their rows."""
    rows = due_for_purge(Voice)
    kept = _without_speeches([voice for voice in rows if voice.files_removed_at is None], live=True)
    files = {voice.pk: [voice.reference_name, voice.sample_name] for voice in kept}
    for voice_id, name in StoredPrompt.objects.filter(voice__in=kept).values_list(
        "voice", "file_name"
    ):
        files[voice_id].append(name)
    bare = _without_speeches([voice for voice in rows if voice.files_removed_at], live=False)
    done = len(rows) - len(kept) - len(bare)
    done += remove_files(kept, files, _forget)
    done += delete_rows(bare, _delete)
    return len(rows) == BATCH and done > 0


def _without_speeches(voices: Sequence[Voice], *, live: bool) -> list[Voice]:
    """Return those that no speech refers to, or no live one; the others are looked at later."""
    used = {"speeches__state__in": LIVE} if live else {"speeches__isnull": False}
    pause = _WHILE_JOBS_RUN if live else _WHILE_SPEECHES_STAY
    unused = set(
        Voice.objects.filter(pk__in=ids(voices)).exclude(**used).values_list("pk", flat=True)
    )
    leave_until(timezone.now() + pause, [voice for voice in voices if voice.pk not in unused])
    return [voice for voice in voices if voice.pk in unused]


def _forget_reference(voices: Sequence[Voice]) -> None:
    Voice.objects.filter(pk__in=ids(voices)).update(reference_name="")


def _forget(voices: Sequence[Voice], also: dict[str, Any]) -> None:
    StoredPrompt.objects.filter(voice__in=voices).delete()
    Voice.objects.filter(pk__in=ids(voices)).update(
        reference_name="", reference_url="", sample_name="", **also
    )


def _delete(voices: Sequence[Voice]) -> None:
    Voice.objects.filter(pk__in=ids(voices)).delete()
