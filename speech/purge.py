"""Removing what deleted speeches left behind."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from billing.queries import retention
from inference.jobs.model import LIVE
from inference.jobs.runner import remove_files
from speech.models import Speech

_BATCH = 100


def expire_speeches() -> None:
    """Hide the speeches that were kept as long as their workspace's plan says."""
    for days, in_plan in retention("speech_days", settings.RETENTION_SPEECH_DAYS):
        old = Speech.objects.filter(
            in_plan, deleted_at=None, finished_at__lt=timezone.now() - timedelta(days=days)
        )
        old.update(deleted_at=timezone.now())


def purge_deleted_speeches() -> None:
    """Remove the audio and the words of deleted speeches; tried until it works."""
    gone = Speech.objects.filter(deleted_at__isnull=False, files_removed_at=None)
    for speech in gone.exclude(state__in=LIVE)[:_BATCH]:
        if remove_files([name for name in (speech.audio_name, speech.input_name) if name]):
            Speech.objects.filter(pk=speech.pk).update(
                files_removed_at=timezone.now(), audio_name="", input_name="", text=""
            )
