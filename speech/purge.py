"""Speeches that were kept long enough, and what deleted ones left behind.

Each function is a housekeeping task: it does one batch and returns whether there may be more.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from inference.housekeeping import BATCH, in_parts
from inference.jobs.purging import (
    delete_rows,
    due_for_purge,
    hide_rows,
    ids,
    put_off,
    remove_files,
)
from inference.jobs.retention import past_retention
from speech.models import Speech
from voices.models import Voice


def expire_speeches() -> bool:
    """Delete the speeches that were kept as long as their workspace's plan says."""
    shown = Speech.objects.filter(deleted_at=None, finished_at__isnull=False)
    old = past_retention(shown, "speech_days", settings.RETENTION_SPEECH_DAYS)
    done = in_parts(old, hide_rows, put_off)
    return len(old) == BATCH and done > 0


def purge_deleted_speeches() -> bool:
    """Remove the audio and the words of deleted speeches, and in the end their rows."""
    rows = due_for_purge(Speech)
    kept = [speech for speech in rows if speech.files_removed_at is None]
    files = {speech.pk: [speech.audio_name, speech.input_name] for speech in kept}
    done = remove_files(kept, files, _forget)
    done += delete_rows([speech for speech in rows if speech.files_removed_at], _delete)
    return len(rows) == BATCH and done > 0


def _forget(speeches: Sequence[Speech], also: dict[str, Any]) -> None:
    Speech.objects.filter(pk__in=ids(speeches)).update(
        audio_name="", input_name="", text="", **also
    )


def _delete(speeches: Sequence[Speech]) -> None:
    """Delete rows, with the calls that stand for them, and let their voices' rows follow."""
    Speech.objects.filter(pk__in=ids(speeches)).delete()
    voices = {speech.voice_id for speech in speeches}
    gone = Voice.objects.filter(pk__in=voices, files_removed_at__isnull=False)
    gone.update(housekeeping_at=timezone.now())
