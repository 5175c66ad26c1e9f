"""Erasing a workspace: everything that says who somebody is, or what was said.

The wallet and its entries stay, under the workspace's bare id: they hold no words.

The workspace is closed first, so that requests which are still arriving are refused. What it
holds is then removed: rows, one job a transaction, and all that is stored under its prefixes,
whether a row names it or not. A worker may have been storing a file at that moment, so the
scheduler looks once more when no work of the workspace can be going on any longer. It also
finishes an erasure that was interrupted.
"""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from accounts.operations import close_workspace
from billing.models import EntryNote
from inference.jobs.lifecycle import CANCELLED, give_up
from inference.jobs.model import LIVE, Job, JobState
from inference.models import Submission, TenantQueue
from speech.models import Call, Delivery, Speech, WebhookEndpoint, WebhookEvent, WorkspaceSecret
from voiceclone.housekeeping.prefixes import remove_under
from voices.models import Voice, VoiceUse

log = structlog.get_logger(__name__)

ERASED = "erased"
FOLDERS = ("voices", "speeches")
"""What the files of each workspace are stored under, in a folder of its id."""
_RESERVE = timedelta(hours=1)
_AGAIN = timedelta(minutes=10)
_BATCH = 20


class FilesRemainError(Exception):
    """The storage did not let go of some files; the scheduler tries again until it does."""


def erase_workspace(workspace: Workspace) -> None:
    """Erase what a workspace holds; its credits and their ledger stay.

    Raises:
        FilesRemainError: all but some files is erased.
    """
    last_deadline = timedelta(seconds=settings.JOB_DEADLINE_SECONDS)
    with transaction.atomic():
        close_workspace(
            workspace=workspace,
            name=ERASED,
            sweep_at=timezone.now() + last_deadline + _RESERVE,
        )
    if not _remove_all(workspace):
        Workspace.objects.filter(pk=workspace.pk).update(sweep_at=timezone.now() + _AGAIN)
        raise FilesRemainError


def finish_erasures() -> bool:
    """Look once more at erased workspaces that are due, until nothing of them is left.

    Returns:
        Whether there may be more to do at once.
    """
    now = timezone.now()
    workspaces = list(Workspace.objects.filter(sweep_at__lte=now).order_by("sweep_at")[:_BATCH])
    for workspace in workspaces:
        due = Workspace.objects.filter(pk=workspace.pk, sweep_at=workspace.sweep_at)
        again = now + _AGAIN
        if not due.update(sweep_at=again):
            continue  # another scheduler is at it
        try:
            finished = _remove_all(workspace)
        except Exception:
            log.exception("erasure_unfinished", workspace=workspace.pk)
            continue
        if finished:
            Workspace.objects.filter(pk=workspace.pk, sweep_at=again).update(sweep_at=None)
        else:
            log.error("erasure_unfinished", workspace=workspace.pk)
    return len(workspaces) == _BATCH


def prefixes_of(workspace_id: str) -> list[str]:
    """Return what the names of a workspace's files begin with."""
    return [f"{folder}/{workspace_id}/" for folder in FOLDERS]


def _remove_all(workspace: Workspace) -> bool:
    """Remove a closed workspace's rows and files; False where storage kept some."""
    Submission.objects.filter(workspace=workspace).delete()
    WebhookEndpoint.objects.filter(workspace=workspace).delete()
    EntryNote.objects.filter(entry__wallet__workspace=workspace).delete()
    for speech in Speech.objects.filter(workspace=workspace).iterator():
        _end(speech)
    for voice in Voice.objects.filter(workspace=workspace).iterator():
        _end(voice)
    # The end of a job may have made some of these.
    for kind in (VoiceUse, TenantQueue, Delivery, WebhookEvent, Call, WorkspaceSecret):
        kind.objects.filter(workspace=workspace).delete()
    stays = [prefix for prefix in prefixes_of(workspace.pk) if not remove_under(prefix)]
    return not stays


def _end(job: Job) -> None:
    """End a job and remove its row; a live one gives its price back first.

    A worker that is on it finds its lease gone.
    """
    rows = type(job).rows().filter(pk=job.pk)
    while (seen := rows.first()) is not None and seen.state in LIVE:
        give_up(
            type(job),
            seen,
            JobState.CANCELLED,
            code=CANCELLED["error_code"],
            message=CANCELLED["error_message"],
        )
    rows.delete()
