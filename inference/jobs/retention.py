"""Rows that were kept as long as their workspace's plan or the settings say."""

from datetime import timedelta
from typing import TypeVar

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Workspace
from billing.queries import retention
from inference.housekeeping import BATCH
from inference.jobs.model import Job

J = TypeVar("J", bound=Job)


def past_retention(rows: QuerySet[J], field: str, default_days: int) -> list[J]:
    """Return a batch of the finished ``rows`` that are older than they are kept.

    ``field`` and ``default_days`` are those of :func:`billing.queries.retention`. The rows must
    have an index on workspace and ``finished_at``: of each workspace its oldest row is looked at.
    """
    now = timezone.now()
    ready = rows.filter(housekeeping_at__lte=now).order_by("finished_at")
    oldest = ready.filter(workspace=OuterRef("pk")).values("finished_at")[:1]
    found: list[J] = []
    for days, whose in retention(field, default_days):
        before = now - timedelta(days=days)
        late = Workspace.objects.filter(whose).alias(oldest=Subquery(oldest))
        for workspace_id in late.filter(oldest__lt=before).values_list("pk", flat=True)[:BATCH]:
            old = ready.filter(workspace=workspace_id, finished_at__lt=before)
            found += old[: BATCH - len(found)]
            if len(found) == BATCH:
                return found
    return found
