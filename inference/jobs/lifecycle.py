"""The moves a job can make. Each is one conditional UPDATE, and the row count decides.

Lock order everywhere: job, then wallet.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.dispatch import Signal
from django.utils import timezone

from billing.operations import refund
from inference.jobs.errors import LeaseLostError, StateConflictError
from inference.jobs.model import LIVE, Job, JobState, claimable

job_settled = Signal()
"""Sent with ``job=`` inside the transaction that settles it."""

J = TypeVar("J", bound=Job)


@dataclass(slots=True)
class Claim(Generic[J]):
    """A worker's right to one attempt at a job, and the files that attempt wrote."""

    job: J
    attempt: int
    files: list[str] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """A part of file names that no other attempt shares."""
        return f"{self.job.pk}-{self.attempt}"


def claim(kind: type[J], job_id: str) -> Claim[J] | None:
    """Take a queued job for one attempt; None where there is nothing to take."""
    now = timezone.now()
    taken = (
        kind.rows()
        .filter(claimable(now), pk=job_id)
        .update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            started_at=Coalesce("started_at", now),
            updated_at=now,
        )
    )
    if not taken:
        return None
    job = kind.get(job_id)
    if job.execution_seconds is not None:
        latest = min(job.deadline, now + timedelta(seconds=job.execution_seconds))
        kind.rows().filter(pk=job_id, attempt=job.attempt).update(deadline=latest)
    return Claim(job, job.attempt)


def extend(held: Claim[Any]) -> None:
    """Prolong the lease because the work has moved on.

    Raises:
        LeaseLostError: the row was taken over, cancelled, settled or is past its deadline.
    """
    now = timezone.now()
    kept = _held(held).filter(cancel_requested=False, deadline__gt=now)
    if not kept.update(lease_until=now + timedelta(seconds=settings.JOB_LEASE_SECONDS)):
        raise LeaseLostError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: the row's fields, and rows of its own to write beside it."""

    fields: dict[str, Any]
    record: Callable[[], None] = lambda: None


def complete(held: Claim[Any], outcome: Outcome) -> None:
    """Settle a claimed job well, with what came of it, in one transaction.

    Raises:
        LeaseLostError: the row was taken over or settled in the meantime.
    """
    with transaction.atomic():
        if not _settle(_held(held), held.job, JobState.COMPLETED, **outcome.fields):
            raise LeaseLostError
        outcome.record()


def fail(held: Claim[Any], *, code: str, message: str) -> None:
    """Settle a claimed job as failed and give its price back.

    Raises:
        LeaseLostError: the row was taken over or settled in the meantime.
    """
    with transaction.atomic():
        if not _settle(
            _held(held), held.job, JobState.FAILED, error_code=code, error_message=message
        ):
            raise LeaseLostError


def release(held: Claim[Any], *, pause: float = 0.0) -> bool:
    """Put a claimed job back for another attempt in ``pause`` seconds; False if not ours."""
    now = timezone.now()
    return bool(
        _held(held).update(
            state=JobState.QUEUED,
            lease_until=None,
            retry_at=now + timedelta(seconds=pause),
            updated_at=now,
        )
    )


def requeue_expired(kind: type[Job], job: Job) -> bool:
    """Put back a running job whose lease ran out; False where it was renewed meanwhile."""
    return bool(
        kind.rows()
        .filter(
            pk=job.pk,
            state=JobState.RUNNING,
            attempt=job.attempt,
            lease_until=job.lease_until,
        )
        .update(state=JobState.QUEUED, lease_until=None, updated_at=timezone.now())
    )


def give_up(kind: type[Job], job: Job, state: JobState, *, code: str, message: str) -> bool:
    """Settle a job nobody will finish, as it was seen, and give its price back.

    False where the row has moved on since it was read.
    """
    with transaction.atomic():
        seen = kind.rows().filter(
            pk=job.pk, state=job.state, attempt=job.attempt, lease_until=job.lease_until
        )
        return _settle(seen, job, state, error_code=code, error_message=message)


def end(kind: type[J], job_id: str, state: JobState, *, code: str, message: str) -> J:
    """Settle a live job at once, one in work too, and give its price back.

    Who works on it finds his lease gone, and drops the work.

    Raises:
        StateConflictError: the job has ended already, and its end stands.
    """
    with transaction.atomic():
        job = kind.rows().select_for_update().get(pk=job_id)
        if job.is_final:
            raise StateConflictError
        live = kind.rows().filter(pk=job_id, state__in=LIVE)
        _settle(live, job, state, error_code=code, error_message=message)
        return kind.get(job_id)


def request_cancel(kind: type[J], job_id: str) -> J:
    """Cancel a queued job at once; ask a running one to stop at its next piece.

    Raises:
        StateConflictError: the job has ended already, and its end stands.
    """
    with transaction.atomic():
        job = kind.rows().select_for_update().get(pk=job_id)
        if job.is_final:
            raise StateConflictError
        if job.state == JobState.QUEUED:
            queued = kind.rows().filter(pk=job_id, state=JobState.QUEUED)
            _settle(queued, job, JobState.CANCELLED, **CANCELLED)
        else:
            kind.rows().filter(pk=job_id, state__in=LIVE).update(
                cancel_requested=True, updated_at=timezone.now()
            )
        return kind.get(job_id)


def cancel_queued(kind: type[Job], job_id: str) -> bool:
    """Cancel a job that nobody has taken up; False where somebody has, or it has ended."""
    with transaction.atomic():
        queued = kind.rows().filter(pk=job_id, state=JobState.QUEUED)
        return _settle(queued, kind.get(job_id), JobState.CANCELLED, **CANCELLED)


def hide(job: Job) -> None:
    """Take a job from its owner's sight at once, stopping it first where it is live."""
    if job.state in LIVE:
        # It may end at this very moment, which is as good.
        with suppress(StateConflictError):
            request_cancel(type(job), job.pk)
    now = timezone.now()
    shown = type(job).rows().filter(pk=job.pk, deleted_at=None)
    shown.update(deleted_at=now, housekeeping_at=now)


CANCELLED = {"error_code": "CANCELLED", "error_message": "The job was cancelled."}
TIMED_OUT = {
    "error_code": "TIMED_OUT",
    "error_message": "The job took too long and was given up. Nothing was charged.",
}


def _held(held: Claim[Any]) -> Any:
    return (
        type(held.job).rows().filter(pk=held.job.pk, state=JobState.RUNNING, attempt=held.attempt)
    )


def _settle(rows: Any, job: Job, state: JobState, **changes: Any) -> bool:
    now = timezone.now()
    if not rows.update(state=state, lease_until=None, finished_at=now, updated_at=now, **changes):
        return False
    if state != JobState.COMPLETED and job.cost:
        # Read under the lock that the update above took: nothing more is delivered from here.
        kept = type(job).rows().values_list("delivered", flat=True).get(pk=job.pk)
        returned = refund(workspace=job.workspace, job_id=job.pk, amount=job.cost - kept)
        type(job).rows().filter(pk=job.pk).update(refunded=returned)
    job_settled.send(sender=type(job), job=type(job).get(job.pk))
    return True
