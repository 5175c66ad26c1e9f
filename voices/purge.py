"""Removing what deleted voices left in storage."""

from django.utils import timezone

from inference.jobs.model import LIVE
from inference.jobs.runner import remove_files
from voices.models import StoredPrompt, Voice

_BATCH = 100


def purge_deleted_voices() -> None:
    """Remove the files of deleted voices that nothing uses any more; tried until it works."""
    gone = Voice.objects.filter(deleted_at__isnull=False, files_removed_at=None)
    for voice in gone.exclude(state__in=LIVE).exclude(speeches__state__in=LIVE)[:_BATCH]:
        prompts = StoredPrompt.objects.filter(voice=voice)
        names = [
            name
            for name in [voice.reference_name, *prompts.values_list("file_name", flat=True)]
            if name
        ]
        if remove_files(names):
            prompts.delete()
            Voice.objects.filter(pk=voice.pk).update(
                files_removed_at=timezone.now(), reference_name=""
            )
