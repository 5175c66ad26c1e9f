"""Erasing a workspace: everything that says who somebody is, or what was said.

The wallet and its entries stay, under the workspace's bare id: they hold no words.
One job a transaction; what fails half-way is finished by running it again.
"""

from django.db import transaction
from django.utils import timezone

from accounts.models import ApiKey, Membership, Workspace
from billing.models import EntryNote
from inference.jobs.lifecycle import CANCELLED, give_up
from inference.jobs.model import LIVE, Job, JobState
from inference.jobs.runner import remove_files
from inference.models import Submission, TenantQueue
from speech.models import Call, Delivery, Speech, WebhookEndpoint, WebhookEvent, WorkspaceSecret
from voices.models import StoredPrompt, Voice, VoiceUse

ERASED = "erased"


class FilesRemainError(Exception):
    """The storage did not let go of some files; erase again once it does."""


def erase_workspace(workspace: Workspace) -> None:
    """Erase what a workspace holds; its credits and their ledger stay.

    Raises:
        FilesRemainError: nothing is lost; run it again.
    """
    with transaction.atomic():
        for model in (ApiKey, Membership, Submission, WebhookEndpoint, WorkspaceSecret):
            model.objects.filter(workspace=workspace).delete()
        EntryNote.objects.filter(entry__wallet__workspace=workspace).delete()
        Workspace.objects.filter(pk=workspace.pk).update(name=ERASED)
    remaining = 0
    for speech in Speech.objects.filter(workspace=workspace).iterator():
        _stop(speech)
        remaining += not _erase(speech, [speech.audio_name, speech.input_name])
    for voice in Voice.objects.filter(workspace=workspace).iterator():
        _stop(voice)
        prompts = StoredPrompt.objects.filter(voice=voice).values_list("file_name", flat=True)
        if Speech.objects.filter(voice=voice).exists():
            remaining += 1
            continue
        remaining += not _erase(voice, [voice.reference_name, voice.sample_name, *prompts])
    for counted in (VoiceUse, TenantQueue, Delivery, WebhookEvent, Call):
        counted.objects.filter(workspace=workspace).delete()
    if remaining:
        raise FilesRemainError


def _stop(job: Job) -> None:
    """End a live job now, giving its price back; a worker on it finds its lease gone."""
    kind = type(job)
    while job.state in LIVE:
        give_up(
            kind,
            job,
            JobState.CANCELLED,
            code=CANCELLED["error_code"],
            message=CANCELLED["error_message"],
        )
        job = kind.get(job.pk)


def _erase(job: Job, names: list[str]) -> bool:
    type(job).rows().filter(pk=job.pk, deleted_at=None).update(deleted_at=timezone.now())
    if not remove_files([name for name in names if name]):
        return False
    job.delete()
    return True
