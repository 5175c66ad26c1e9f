"""Requests that have an id of their own and are answered later: their life beside their job.

A call is recorded in the transaction that submits its job, is told of the end in the one that
settles it, and its result goes when it has been kept as long as was promised.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Workspace
from accounts.transactions import require_transaction
from inference.jobs.lifecycle import cancel_queued, hide, job_settled
from inference.jobs.model import Job, JobState
from speech.models import Call, Speech
from speech.webhooks.emit import deliver_once
from speech.webhooks.schedule import GIVE_UP_AFTER
from voices.models import Voice, VoiceType

SETTLED = "call.settled"
"""The event of a call whose own webhook URL is told of its end."""

_BATCH = 200
_FORGOTTEN = GIVE_UP_AFTER + timedelta(days=1)
"""After its result has gone a call is still named: in webhooks, and to who repeats a request."""


def recorder(call: Call) -> Callable[[Speech | Voice], None]:
    """Return what records ``call`` with the job it made; for the ``also`` of a submission."""

    def record(job: Speech | Voice) -> None:
        require_transaction()
        if isinstance(job, Speech):
            call.speech = job
        else:
            call.voice = job
        call.save()

    return record


def answer_at_once(call: Call) -> Call:
    """Record a call that has its ``result`` or ``error`` without any job."""
    with transaction.atomic():
        _keep_from_now(call)
        call.save()
        _tell(call)
    return call


def call_of(workspace: Workspace, dialect: str, call_id: str, *, endpoint: str = "") -> Call | None:
    """Return one of a workspace's calls whose result is kept, or None."""
    calls = Call.objects.of(workspace, dialect).select_related("speech", "voice")
    found: Call | None = calls.filter(pk=call_id, endpoint=endpoint).first()
    return found


def purge_queue(
    workspace: Workspace, dialect: str, *, endpoint: str, operations: Collection[str]
) -> int:
    """Cancel an endpoint's calls that nobody has taken up; returns how many there were."""
    waiting = Q(speech__state=JobState.QUEUED) | Q(voice__state=JobState.QUEUED)
    calls = Call.objects.of(workspace, dialect).filter(
        waiting, endpoint=endpoint, operation__in=operations
    )
    jobs = [call.job for call in calls.select_related("speech", "voice")]
    return sum(cancel_queued(type(job), job.pk) for job in jobs if job is not None)


@receiver(job_settled)
def _end_of_job(*, job: Job, **_kwargs: Any) -> None:
    if isinstance(job, Speech):
        call = Call.objects.filter(speech=job).first()
    elif isinstance(job, Voice):
        call = Call.objects.filter(voice=job).first()
    else:
        call = None
    if call is None:
        return
    _keep_from_now(call)
    call.save(update_fields=["expires_at"])
    _tell(call)


def _keep_from_now(call: Call) -> None:
    if call.keep_seconds is not None:
        call.expires_at = timezone.now() + timedelta(seconds=call.keep_seconds)


def _tell(call: Call) -> None:
    if call.webhook_url:
        deliver_once(
            workspace=call.workspace,
            url=call.webhook_url,
            event_type=SETTLED,
            data={"callId": str(call.pk), "state": _final_state(call)},
            job_id="" if call.job is None else call.job.pk,
            form=call.dialect,
        )


def _final_state(call: Call) -> str:
    if call.job is not None:
        return call.job.state
    return JobState.FAILED if call.error else JobState.COMPLETED


def expire_calls() -> None:
    """Hide the results that were kept long enough; forget calls some days after theirs has gone."""
    now = timezone.now()
    passed = Call.objects.filter(expires_at__lte=now)
    shown = Q(speech__isnull=False, speech__deleted_at=None) | Q(
        voice__type=VoiceType.ONCE, voice__deleted_at=None
    )
    for call in passed.filter(shown).select_related("speech", "voice")[:_BATCH]:
        job = call.job
        if job is not None:
            hide(job)
    long_ago = now - _FORGOTTEN
    gone = (
        Q(expires_at__lte=long_ago)
        | Q(speech__files_removed_at__lte=long_ago)
        | Q(voice__files_removed_at__lte=long_ago)
    )
    old = Call.objects.filter(gone).values_list("pk", flat=True)[:_BATCH]
    Call.objects.filter(pk__in=list(old)).delete()
