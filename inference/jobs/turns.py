"""Whose job is next: the workspaces take turns, and each has a limit of running jobs.

Next is the oldest job of the workspace that has the fewest running ones and, among those,
was served longest ago. A crowd of one tenant's jobs therefore delays another's by one
running job at most, however many wait.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from accounts.models import Workspace
from billing.queries import limits_of
from inference.jobs.lifecycle import Claim, claim
from inference.jobs.model import Job, JobState, claimable
from inference.jobs.registry import kinds
from inference.models import Turn

_HEAD = 16
_NEVER = datetime.min.replace(tzinfo=UTC)


def claim_next() -> Claim[Any] | None:
    """Take the job whose turn it is; None where none may run now."""
    waiting = _waiting()
    running = _running()
    served = dict(
        Turn.objects.filter(workspace__in=waiting).values_list("workspace_id", "served_at")
    )
    by_turn = sorted(
        waiting, key=lambda one: (running[one], served.get(one) or _NEVER, waiting[one])
    )
    for workspace_id in by_turn:
        held = _claim_in(workspace_id)
        if held is not None:
            return held
    return None


def _claim_in(workspace_id: str) -> Claim[Any] | None:
    Turn.objects.get_or_create(workspace_id=workspace_id)
    with transaction.atomic():
        turn = Turn.objects.select_for_update().get(workspace_id=workspace_id)
        limit = limits_of(Workspace.objects.get(pk=workspace_id)).concurrent_jobs
        if _running(workspace_id)[workspace_id] >= limit:
            return None
        heads = [
            (created_at, job_id, kind)
            for kind in kinds()
            for job_id, created_at in _queued(kind)
            .filter(workspace=workspace_id)
            .order_by("created_at")
            .values_list("pk", "created_at")[:_HEAD]
        ]
        for _created_at, job_id, kind in sorted(heads, key=lambda head: head[:2]):
            held = claim(kind, job_id)
            if held is not None:
                turn.served_at = timezone.now()
                turn.save(update_fields=["served_at"])
                return held
    return None


def _queued(kind: type[Job]) -> QuerySet[Any]:
    return kind.rows().filter(claimable(timezone.now()))


def _waiting() -> dict[str, datetime]:
    """Return each workspace that waits, and since when."""
    oldest: dict[str, datetime] = {}
    for kind in kinds():
        rows = _queued(kind).order_by().values_list("workspace").annotate(Min("created_at"))
        for workspace_id, created_at in rows:
            oldest[workspace_id] = min(created_at, oldest.get(workspace_id, created_at))
    return oldest


def _running(workspace_id: str | None = None) -> Counter[str]:
    """Return how many jobs each workspace has running."""
    counts: Counter[str] = Counter()
    for kind in kinds():
        rows: QuerySet[Any] = kind.rows().filter(state=JobState.RUNNING)
        if workspace_id is not None:
            rows = rows.filter(workspace=workspace_id)
        counts.update(dict(rows.order_by().values_list("workspace").annotate(Count("pk"))))
    return counts
