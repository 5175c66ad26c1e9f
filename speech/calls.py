"""Requests that have an id of their own and are answered later: their life beside their job.

A call is recorded in the transaction that submits its job, is told of the end in the one that
settles it, and its result goes when it has been kept as long as was promised.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Workspace
from accounts.transactions import require_transaction
from inference.housekeeping import BATCH, in_parts, next_try
from inference.jobs.lifecycle import cancel_queued, job_settled
from inference.jobs.model import Job, JobState
from inference.jobs.purging import hide_rows
from speech.models import Call, Speech
from speech.webhooks.emit import deliver_once
from speech.webhooks.schedule import GIVE_UP_AFTER
from voices.models import Voice, VoiceType

SETTLED = "call.settled"
"""The event of a call whose own webhook URL is told of its end."""

ROW_KEPT = GIVE_UP_AFTER + timedelta(days=1)
"""How long a call outlives its result: webhooks and repeated requests may refer to it."""


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


def expire_calls() -> bool:
    """Delete the results of calls that were kept long enough, and some days later the calls.

    A housekeeping task: it does one batch and returns whether there may be more. A voice that
    was cloned to be kept is no result of its call, and stays.
    """
    now = timezone.now()
    calls = Call.objects.select_related("speech", "voice")
    passed = calls.filter(expires_at__lte=now, housekeeping_at=None).order_by("expires_at")
    known = calls.filter(housekeeping_at__lte=now).order_by("housekeeping_at")
    rows = [*passed[:BATCH], *known[:BATCH]]
    return in_parts(rows, _expire, _put_off) > 0 and len(rows) >= BATCH


def _expire(calls: Sequence[Call]) -> None:
    hide_rows([call.speech for call in calls if call.speech])
    voices = [call.voice for call in calls if call.voice]
    hide_rows([voice for voice in voices if voice.type == VoiceType.ONCE])
    now = timezone.now()
    rows = Call.objects.filter(pk__in=[call.pk for call in calls])
    rows.filter(expires_at__lte=now - ROW_KEPT).delete()
    rows.filter(expires_at__lte=now).update(housekeeping_at=F("expires_at") + ROW_KEPT)
    kept_anew = Q(expires_at=None) | Q(expires_at__gt=now)
    rows.filter(kept_anew).update(housekeeping_at=None)


def _put_off(call: Call) -> None:
    Call.objects.filter(pk=call.pk).update(
        housekeeping_at=next_try(call.expires_at or call.created_at)
    )
