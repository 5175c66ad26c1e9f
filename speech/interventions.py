"""What staff does to a customer's job: cancelling, retrying and refunding it, on the record."""

from django.db import transaction

from billing.ledger import require_reason
from inference.jobs.errors import StateConflictError
from inference.jobs.lifecycle import request_cancel
from inference.jobs.model import JobLimits, JobState
from inference.jobs.refunds import refund_ended
from speech.models import Call, InterventionKind, JobIntervention, Speech
from speech.retries import limits_of, make_again, mover
from voices.models import Voice

AGAIN = (JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT)
"""The states from which staff may have a job made again."""


def job_by_id(job_id: str) -> Speech | Voice | None:
    """Return a customer's job, whosever it is; None where there is none with this id."""
    speech = Speech.objects.filter(pk=job_id).first()
    return speech or Voice.objects.filter(pk=job_id, workspace__isnull=False).first()


def cancel_job(*, job: Speech | Voice, reason: str, actor: str) -> Speech | Voice:
    """Cancel a job that has not ended, as its owner could; its price is given back.

    Raises:
        StateConflictError: the job has ended.
        ValueError: the reason is blank or too long.
    """
    require_reason(reason)
    with transaction.atomic():
        cancelled = request_cancel(type(job), job.pk)
        _record(job, InterventionKind.CANCEL, reason=reason, actor=actor)
    return cancelled


def refund_job(
    *, job: Speech | Voice, reason: str, actor: str, amount: int | None = None
) -> Speech | Voice:
    """Give back the price of an ended job, or ``amount`` credits of it, once.

    The customer reads the reason in the ledger.

    Raises:
        StateConflictError: the job has not ended; cancel it.
        NothingToRefundError: it cost nothing, or was refunded before.
        ValueError: ``amount`` is not within 1 and its price, or the reason blank or too long.
    """
    require_reason(reason)
    with transaction.atomic():
        refunded = refund_ended(type(job), job.pk, amount=amount, reason=reason, actor=actor)
        _record(job, InterventionKind.REFUND, reason=reason, actor=actor)
    return refunded


def retry_job(
    *, job: Speech | Voice, reason: str, actor: str, request_id: str = ""
) -> Speech | Voice:
    """Make a job anew that came to nothing, and charge its owner for the new one.

    A call that stood for the old job stands for the new one.

    Raises:
        StateConflictError: the job has not failed, was deleted, or was retried before.
        RetryImpossibleError: its voice or recording is gone.
        InsufficientCreditsError, NameTakenError: as at first.
        ValueError: the reason is blank or too long.
    """
    require_reason(reason)
    call = Call.objects.filter(**{_relation(job): job}).first()
    if job.state not in AGAIN or job.deleted_at is not None or _retried(job):
        raise StateConflictError

    def also(new: Speech | Voice) -> None:
        if _retried(job):
            raise StateConflictError
        if call is not None:
            mover(call, job)(new)
        _record(job, InterventionKind.RETRY, reason=reason, actor=actor, new_job_id=new.pk)

    limits = JobLimits(execution_seconds=job.execution_seconds)
    return make_again(
        job,
        limits=limits if call is None else limits_of(call),
        request_id=request_id,
        actor=actor,
        also=also,
    )


def _relation(job: Speech | Voice) -> str:
    return "speech" if isinstance(job, Speech) else "voice"


def _retried(job: Speech | Voice) -> bool:
    earlier = JobIntervention.objects.filter(job_id=job.pk, kind=InterventionKind.RETRY)
    return earlier.exists()


def _record(
    job: Speech | Voice, kind: InterventionKind, *, reason: str, actor: str, new_job_id: str = ""
) -> None:
    assert job.workspace is not None  # a system voice is no job of anybody's
    JobIntervention.objects.create(
        workspace=job.workspace,
        job_id=job.pk,
        kind=kind,
        new_job_id=new_job_id,
        actor=actor,
        reason=reason,
    )
