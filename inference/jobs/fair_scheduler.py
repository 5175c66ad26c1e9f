"""Which job is next: workspaces share the workers fairly, and each has a limit of running jobs.

Next is the oldest job of the workspace that has the fewest running ones and, among those, was
served longest ago. A crowd of one tenant's jobs therefore delays another's by one running job
at most, however many wait.

How many jobs a workspace has queued and running stands in its ``TenantQueue`` row, kept by
triggers on the job tables. Choosing reads those rows alone, so it costs the same however many
jobs wait.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from billing.queries import concurrent_jobs_limit
from inference.jobs.clock import db_now
from inference.jobs.lifecycle import Claim, claim
from inference.jobs.model import claimable
from inference.jobs.registry import kinds
from inference.models import TenantQueue


def claim_next() -> Claim[Any] | None:
    """Claim the job that is next; None where none may run now."""
    tried: list[str] = []  # workspaces all of whose queued jobs rest before another attempt
    skip_locked = True
    while True:
        with transaction.atomic():
            queue = _next_queue(tried, skip_locked=skip_locked)
            if queue is not None:
                held = _claim_oldest(queue)
                if held is not None:
                    return held
                tried.append(queue.workspace_id)
                continue
        if not skip_locked or not _waiting(tried).exists():
            return None
        # Every queue that has work is locked by another worker or a submission for a moment.
        skip_locked = False


def _waiting(tried: list[str]) -> QuerySet[TenantQueue]:
    """Return the queues that have a job to run and room to run it, the next one first."""
    # Annotated first: in a filter alone the joins would drop workspaces without a plan.
    queues = TenantQueue.objects.annotate(limit=concurrent_jobs_limit("workspace__wallet"))
    waiting = queues.filter(queued__gt=0, running__lt=F("limit"))
    if tried:
        waiting = waiting.exclude(workspace__in=tried)
    return waiting.order_by("running", F("served_at").asc(nulls_first=True), "pk")


def _next_queue(tried: list[str], *, skip_locked: bool) -> TenantQueue | None:
    """Lock and return the queue that is next.

    A worker that waited for a lock sees the row as it is now, so a limit that another worker
    has just reached holds.
    """
    waiting = _waiting(tried)
    if connection.features.has_select_for_update:
        skipping = skip_locked and connection.features.has_select_for_update_skip_locked
        waiting = waiting.select_for_update(of=("self",), skip_locked=skipping)
    return waiting.first()


def _claim_oldest(queue: TenantQueue) -> Claim[Any] | None:
    heads = []
    for kind in kinds():
        jobs = kind.rows().filter(claimable(), workspace=queue.workspace_id)
        if connection.features.has_select_for_update_skip_locked:
            # A job that is being cancelled at this moment is passed over, not waited for.
            jobs = jobs.select_for_update(skip_locked=True)
        head = jobs.order_by("created_at").values_list("created_at", "pk").first()
        if head is not None:
            heads.append((*head, kind))
    for _created_at, job_id, kind in sorted(heads, key=lambda head: head[:2]):
        held = claim(kind, job_id)
        if held is not None:
            TenantQueue.objects.filter(pk=queue.pk).update(served_at=db_now())
            return held
    return None
