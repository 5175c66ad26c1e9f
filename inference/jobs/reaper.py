"""Going over the live jobs from time to time, so that none is lost with what carried it."""

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from inference.jobs.lifecycle import CANCELLED, TIMED_OUT, give_up, requeue_expired
from inference.jobs.model import LIVE, Job, JobState

log = structlog.get_logger(__name__)

_BATCH = 500


def reap(kind: type[Job]) -> None:
    """Settle or requeue whatever of this kind needs it. Safe to run anywhere."""
    now = timezone.now()
    due = Q(deadline__lte=now) | Q(state=JobState.RUNNING, lease_until__lte=now)
    jobs = kind.rows().filter(due, state__in=LIVE).order_by("created_at")[:_BATCH]
    for job in jobs:
        _end_or_requeue(kind, job, timed_out=job.deadline <= now)


def reclaim_all(kind: type[Job]) -> int:
    """Requeue every running job: for a node that knows that it is the only one, at start."""
    running = list(kind.rows().filter(state=JobState.RUNNING))
    for job in running:
        _end_or_requeue(kind, job, timed_out=False)
    return len(running)


def _end_or_requeue(kind: type[Job], job: Job, *, timed_out: bool) -> None:
    log.info("job_reaped", job_id=job.pk, attempt=job.attempt, timed_out=timed_out)
    if job.cancel_requested:
        give_up(
            kind,
            job,
            JobState.CANCELLED,
            code=CANCELLED["error_code"],
            message=CANCELLED["error_message"],
        )
    elif timed_out:
        give_up(
            kind,
            job,
            JobState.TIMED_OUT,
            code=TIMED_OUT["error_code"],
            message=TIMED_OUT["error_message"],
        )
    elif job.attempt >= settings.JOB_MAX_ATTEMPTS:
        give_up(
            kind,
            job,
            JobState.FAILED,
            code="WORKER_LOST",
            message="The job was interrupted too often. Nothing was charged.",
        )
    else:
        requeue_expired(kind, job)
