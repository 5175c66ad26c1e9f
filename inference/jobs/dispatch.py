"""Waking workers up: a row's id goes to the broker once, and again only when it was lost.

Only a bounded number of messages stands in the broker, so that a long backlog waits where
nothing can lose it: in the database.
"""

from datetime import timedelta

import dramatiq
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from inference.jobs.model import Job, JobState

log = structlog.get_logger(__name__)


def dispatch_on_commit(job: Job) -> None:
    """Hand a new job to the broker once its transaction is safe."""
    transaction.on_commit(lambda: _dispatch_new(job), robust=True)


def _dispatch_new(job: Job) -> None:
    if _standing(type(job)) < settings.JOB_BACKLOG:
        dispatch(job)


def dispatch(job: Job) -> bool:
    """Send a queued job's id to the broker.

    False where another process sent it first or the broker cannot be reached; the reaper
    tries again.
    """
    rows = type(job)._default_manager.filter(
        pk=job.pk, state=JobState.QUEUED, enqueued_at=job.enqueued_at
    )
    if not rows.update(enqueued_at=timezone.now()):
        return False
    try:
        broker = dramatiq.get_broker()
        broker.enqueue(broker.get_actor(job.actor_name).message(job.pk))
    except Exception as error:  # noqa: BLE001 - whatever a broker's client raises
        log.warning("broker_unreachable", job_id=job.pk, error=repr(error))
        type(job)._default_manager.filter(pk=job.pk, state=JobState.QUEUED).update(
            enqueued_at=job.enqueued_at
        )
        return False
    return True


def dispatch_waiting(kind: type[Job]) -> int:
    """Send queued jobs that no message stands for, oldest first; returns how many."""
    now = timezone.now()
    room = settings.JOB_BACKLOG - _standing(kind)
    queued = kind._default_manager.filter(state=JobState.QUEUED, deadline__gt=now)
    lost_before = now - timedelta(seconds=settings.JOB_RESEND_SECONDS)
    lost = queued.filter(enqueued_at__lt=lost_before).order_by("created_at")
    waiting = queued.filter(enqueued_at=None).order_by("created_at")
    jobs = [*lost[: settings.JOB_BACKLOG], *waiting[: max(room, 0)]]
    sent = 0
    for job in jobs:
        if not dispatch(job):
            continue
        sent += 1
    return sent


def _standing(kind: type[Job]) -> int:
    """How many messages of this kind stand in the broker, or did until they were lost."""
    return kind._default_manager.filter(
        state=JobState.QUEUED, enqueued_at__isnull=False
    ).count()
