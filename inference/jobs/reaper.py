"""Going over the live jobs from time to time, so that none is lost with what carried it."""

import structlog
from django.conf import settings
from django.db.models import Q

from inference.jobs.clock import db_from_now, db_now
from inference.jobs.lifecycle import CANCELLED, TIMED_OUT, WORKER_LOST, give_up, requeue_expired
from inference.jobs.model import LIVE, Job, JobState

log = structlog.get_logger(__name__)

_BATCH = 500
_PUT_OFF_SECONDS = 60.0
"""How long a job that could not be settled is left alone."""


def reap(kind: type[Job]) -> None:
    """Settle or requeue whatever of this kind needs it; a job that cannot be is put off."""
    for job in _due(kind, Q(deadline__lte=db_now())):
        _guarded(kind, job, timed_out=True)
    for job in _due(kind, Q(state=JobState.RUNNING, lease_until__lte=db_now())):
        _guarded(kind, job, timed_out=False)


def reclaim_all(kind: type[Job]) -> int:
    """Requeue every running job: for a node that knows that it is the only one, at start."""
    running = list(kind.rows().filter(state=JobState.RUNNING))
    for job in running:
        _guarded(kind, job, timed_out=False)
    return len(running)


def _due(kind: type[Job], due: Q) -> list[Job]:
    rested = Q(retry_at=None) | Q(retry_at__lte=db_now())
    return list(kind.rows().filter(rested, due, state__in=LIVE).order_by("deadline")[:_BATCH])


def _guarded(kind: type[Job], job: Job, *, timed_out: bool) -> None:
    """Settle one job; put it off where that fails, so that it stops no other."""
    try:
        _end_or_requeue(kind, job, timed_out=timed_out)
    except Exception:
        log.exception("job_not_reaped", job_id=job.pk, kind=kind.__name__)
        put_off = kind.rows().filter(pk=job.pk, state__in=LIVE, attempt=job.attempt)
        put_off.update(retry_at=db_from_now(_PUT_OFF_SECONDS))


def _end_or_requeue(kind: type[Job], job: Job, *, timed_out: bool) -> None:
    log.info("job_reaped", job_id=job.pk, attempt=job.attempt, timed_out=timed_out)
    if job.cancel_requested:
        _give_up(kind, job, JobState.CANCELLED, CANCELLED)
    elif timed_out:
        _give_up(kind, job, JobState.TIMED_OUT, TIMED_OUT)
    elif job.failures + 1 >= settings.JOB_MAX_ATTEMPTS:
        _give_up(kind, job, JobState.FAILED, WORKER_LOST)
    else:
        requeue_expired(kind, job)


def _give_up(kind: type[Job], job: Job, state: JobState, why: dict[str, str]) -> None:
    give_up(kind, job, state, code=why["error_code"], message=why["error_message"])
