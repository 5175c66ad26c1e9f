"""Removing what deleted speeches left behind."""

from django.utils import timezone

from inference.jobs.model import LIVE
from inference.jobs.runner import remove_files
from speech.models import Speech

_BATCH = 100


def purge_deleted_speeches() -> None:
    """Remove the audio and the words of deleted speeches; tried until it works."""
    gone = Speech.objects.filter(deleted_at__isnull=False, files_removed_at=None)
    for speech in gone.exclude(state__in=LIVE)[:_BATCH]:
        if not speech.audio_name or remove_files([speech.audio_name]):
            Speech.objects.filter(pk=speech.pk).update(
                files_removed_at=timezone.now(), audio_name="", text=""
            )
