"""Removing what deleted voices left in storage."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone

from billing.queries import retention
from inference.jobs.model import LIVE
from inference.jobs.runner import remove_files
from voices.models import StoredPrompt, Voice, VoiceType

_BATCH = 100


def expire_references() -> None:
    """Remove the recordings that were kept as long as their workspace's plan says.

    The voice goes on speaking from its prompts; one that has none keeps its recording.
    """
    for days, in_plan in retention("reference_days", settings.RETENTION_REFERENCE_DAYS):
        old = Voice.objects.filter(
            in_plan,
            Exists(StoredPrompt.objects.filter(voice=OuterRef("pk"))),
            type=VoiceType.USER,
            deleted_at=None,
            finished_at__lt=timezone.now() - timedelta(days=days),
        )
        for voice in old.exclude(reference_name="")[:_BATCH]:
            if remove_files([voice.reference_name]):
                Voice.objects.filter(pk=voice.pk).update(reference_name="")


def expire_passing_voices() -> None:
    """Hide the handles that have expired, and recordings for one request that were used."""
    now = timezone.now()
    passed = Voice.objects.filter(type=VoiceType.HANDLE, deleted_at=None, expires_at__lte=now)
    passed.update(deleted_at=now)
    for days, in_plan in retention("one_request_days", settings.RETENTION_ONE_REQUEST_DAYS):
        used = Voice.objects.filter(
            in_plan,
            type=VoiceType.ONCE,
            deleted_at=None,
            finished_at__lt=now - timedelta(days=days),
        )
        for voice in used.exclude(speeches__state__in=LIVE)[:_BATCH]:
            Voice.objects.filter(pk=voice.pk, deleted_at=None).update(deleted_at=now)


def purge_deleted_voices() -> None:
    """Remove the files of deleted voices that nothing uses any more; tried until it works."""
    gone = Voice.objects.filter(deleted_at__isnull=False, files_removed_at=None)
    for voice in gone.exclude(state__in=LIVE).exclude(speeches__state__in=LIVE)[:_BATCH]:
        prompts = StoredPrompt.objects.filter(voice=voice)
        names = [
            name
            for name in [
                voice.reference_name,
                voice.sample_name,
                *prompts.values_list("file_name", flat=True),
            ]
            if name
        ]
        if remove_files(names):
            prompts.delete()
            Voice.objects.filter(pk=voice.pk).update(
                files_removed_at=timezone.now(), reference_name="", reference_url="", sample_name=""
            )
