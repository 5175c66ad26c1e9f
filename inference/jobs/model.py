from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models import TenantRow
from inference.jobs.clock import db_from_now, db_now


class JobState(models.TextChoices):
    """Where a job stands. The last four are final."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"


LIVE = (JobState.QUEUED, JobState.RUNNING)
FINAL = (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT)


def default_deadline() -> Any:
    """Return the moment past which a job submitted now is given up, as an expression."""
    return db_from_now(settings.JOB_DEADLINE_SECONDS)


@dataclass(frozen=True, slots=True)
class JobLimits:
    """What time a customer gives a job: in all, and from when it is taken up."""

    total_seconds: float | None = None
    execution_seconds: float | None = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of a new row; no job may take longer than the settings say."""
        seconds = settings.JOB_DEADLINE_SECONDS
        if self.total_seconds is not None:
            seconds = min(seconds, self.total_seconds)
        return {"deadline": db_from_now(seconds), "execution_seconds": self.execution_seconds}


NO_LIMITS = JobLimits()


class Job(TenantRow):
    """The abstract job; a concrete one adds what is to be done and what came of it.

    ``attempt`` is the fencing token: a worker may write to a row only while the row still
    carries the attempt that the worker claimed. ``failures`` counts the attempts that failed
    or were lost; one that a draining worker puts back is none. ``is_ready`` is false while an
    input is still being fetched, and no worker may claim the job. ``retry_at`` is the earliest
    moment of the next attempt. ``execution_seconds`` is how long its owner lets it run.
    ``delivered`` is what the customer has been given while the job ran, in credits: a job that
    does not complete gives back the rest. Housekeeping leaves a row alone until
    ``housekeeping_at``.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    workspace: Any
    state = models.CharField(max_length=9, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    is_ready = models.BooleanField(default=True, db_default=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField(default=default_deadline)
    cancel_requested = models.BooleanField(default=False)
    execution_seconds = models.FloatField(null=True, blank=True)
    cost = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    refunded = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    files_removed_at = models.DateTimeField(null=True, blank=True)
    housekeeping_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        abstract = True

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the job."""
        return self.state in FINAL

    @property
    def credits_used(self) -> int:
        """What the job costs its owner as things stand."""
        return self.cost - self.refunded

    @classmethod
    def rows(cls) -> models.QuerySet[Any]:
        """Return all rows of this kind; for the machinery, which serves every tenant."""
        return cls._default_manager.all()

    @classmethod
    def get(cls, job_id: str) -> Self:
        """Return the row as it stands now; for code that was handed the id by ourselves."""
        found: Self = cls.rows().get(pk=job_id)
        return found


def claimable() -> Q:
    """Return what a row must be for a worker to take it now."""
    rested = Q(retry_at=None) | Q(retry_at__lte=db_now())
    return rested & Q(state=JobState.QUEUED, is_ready=True, deadline__gt=db_now())


def job_constraints(prefix: str) -> list[models.BaseConstraint]:
    """Return the rules every job table carries, named ``{prefix}_…``."""
    return [
        models.CheckConstraint(condition=Q(state__in=JobState.values), name=f"{prefix}_state"),
        models.CheckConstraint(
            condition=Q(state=JobState.RUNNING, lease_until__isnull=False)
            | (~Q(state=JobState.RUNNING) & Q(lease_until__isnull=True)),
            name=f"{prefix}_running_has_lease",
        ),
        models.CheckConstraint(
            condition=Q(state__in=FINAL, finished_at__isnull=False)
            | Q(state__in=LIVE, finished_at__isnull=True),
            name=f"{prefix}_final_has_end",
        ),
        models.CheckConstraint(
            condition=~Q(state=JobState.QUEUED, cancel_requested=True),
            name=f"{prefix}_queued_is_wanted",
        ),
        models.CheckConstraint(
            condition=Q(is_ready=True) | ~Q(state__in=(JobState.RUNNING, JobState.COMPLETED)),
            name=f"{prefix}_only_ready_runs",
        ),
        models.CheckConstraint(
            condition=Q(failures__lte=F("attempt")), name=f"{prefix}_failures_within_attempts"
        ),
        models.CheckConstraint(
            condition=Q(refunded__lte=F("cost")), name=f"{prefix}_refund_within_cost"
        ),
        models.CheckConstraint(
            condition=Q(delivered__lte=F("cost")), name=f"{prefix}_delivered_within_cost"
        ),
        models.CheckConstraint(
            condition=~Q(state=JobState.FAILED) | ~Q(error_code=""),
            name=f"{prefix}_failed_says_why",
        ),
    ]


def job_indexes(prefix: str) -> list[models.Index]:
    """Return the indexes of the queue, the reaper and housekeeping.

    They cover live rows and deleted ones only, so they stay small.
    """
    return [
        models.Index(
            fields=["workspace", "created_at"],
            name=f"{prefix}_queued",
            condition=Q(state=JobState.QUEUED, is_ready=True),
        ),
        models.Index(
            fields=["lease_until"],
            name=f"{prefix}_leased",
            condition=Q(state=JobState.RUNNING),
        ),
        models.Index(
            fields=["deadline"],
            name=f"{prefix}_due",
            condition=Q(state__in=LIVE),
        ),
        models.Index(
            fields=["housekeeping_at"],
            name=f"{prefix}_purge_due",
            condition=Q(deleted_at__isnull=False, state__in=FINAL),
        ),
    ]
