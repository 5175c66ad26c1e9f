"""The moves a job can make. Each is one conditional UPDATE, and the row count decides.

Lock order everywhere: job, then wallet.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least
from django.dispatch import Signal
from django.utils import timezone

from billing.operations import refund
from inference.jobs.clock import db_from_now, db_now
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
    taken = (
        kind.rows()
        .filter(claimable(), pk=job_id)
        .update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=db_from_now(settings.JOB_LEASE_SECONDS),
            started_at=Coalesce("started_at", db_now()),
            updated_at=db_now(),
        )
    )
    if not taken:
        return None
    job = kind.get(job_id)
    if job.execution_seconds is not None:
        latest = Least(F("deadline"), db_from_now(job.execution_seconds))
        kind.rows().filter(pk=job_id, attempt=job.attempt).update(deadline=latest)
    return Claim(job, job.attempt)


def extend(held: Claim[Any]) -> None:
    """Prolong the lease because the work has moved on.

    Raises:
        LeaseLostError: the row was taken over, cancelled, settled or is past its deadline.
    """
    kept = _held(held).filter(cancel_requested=False, deadline__gt=db_now())
    if not kept.update(lease_until=db_from_now(settings.JOB_LEASE_SECONDS)):
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


def release(held: Claim[Any], *, pause: float = 0.0, failed: bool = False) -> bool:
    """Put a claimed job back for another attempt in ``pause`` seconds; False if not ours.

    ``failed`` counts the attempt among the job's failures. A job whose owner has asked to cancel
    it ends instead.
    """
    return _put_back(_held(held), held.job, pause=pause, failed=failed)


def requeue_expired(kind: type[Job], job: Job) -> bool:
    """Put back a running job whose lease ran out, or end it if its owner cancelled it.

    False where the lease was renewed meanwhile.
    """
    seen = kind.rows().filter(
        pk=job.pk, state=JobState.RUNNING, attempt=job.attempt, lease_until=job.lease_until
    )
    return _put_back(seen, job, pause=0.0, failed=True)


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

    A worker that is working on it finds its lease gone and drops the work.

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
            kind.rows().filter(pk=job_id, state=JobState.RUNNING).update(
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
WORKER_LOST = {
    "error_code": "WORKER_LOST",
    "error_message": "The job was interrupted too often. Nothing was charged.",
}


def _held(held: Claim[Any]) -> Any:
    return (
        type(held.job).rows().filter(pk=held.job.pk, state=JobState.RUNNING, attempt=held.attempt)
    )


def _put_back(rows: Any, job: Job, *, pause: float, failed: bool) -> bool:
    with transaction.atomic():
        if rows.filter(cancel_requested=False).update(
            state=JobState.QUEUED,
            failures=F("failures") + int(failed),
            lease_until=None,
            retry_at=db_from_now(pause) if pause else None,
            updated_at=db_now(),
        ):
            return True
        return _settle(rows.filter(cancel_requested=True), job, JobState.CANCELLED, **CANCELLED)


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
