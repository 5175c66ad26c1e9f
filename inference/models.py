from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace


class TenantQueue(models.Model):
    """How many jobs a workspace has queued and running, and when it was last served.

    Triggers on the job tables keep the two counts. The fair scheduler chooses by them, and
    holds the row's lock while it claims one of the workspace's jobs.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    queued = models.PositiveIntegerField(default=0, db_default=0)
    running = models.PositiveIntegerField(default=0, db_default=0)
    served_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["running", "served_at"],
                name="inference_tenantqueue_next",
                condition=models.Q(queued__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"queue of {self.workspace_id}"


class Submission(models.Model):
    """An accepted request that may be sent again: what it made, and how it is recognised.

    ``key`` is the customer's Idempotency-Key; without one, a client's own retry is known by
    its API key and fingerprint.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - unique where given
    api_key = models.CharField(max_length=25)
    fingerprint = models.CharField(max_length=64)
    kind = models.CharField(max_length=40)
    made_id = models.CharField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "key"], name="inference_submission_key_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["api_key", "fingerprint", "-created_at"], name="inference_submission_retry"
            ),
            models.Index(fields=["created_at"], name="inference_submission_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.made_id}"


class Lease(models.Model):
    """What one process of an installation may do at a time, and who does it until when."""

    name = models.CharField(primary_key=True, max_length=40)
    holder = models.CharField(max_length=40, blank=True)
    until = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.name} of {self.holder or 'nobody'}"


class WorkerProcess(models.Model):
    """A process that does jobs, as it last said of itself; see ``inference/heartbeat.py``.

    Both times are the database's.
    """

    id = models.CharField(primary_key=True, max_length=32)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    threads = models.PositiveIntegerField()
    engine = models.CharField(max_length=255)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"worker {self.pid} on {self.host}"
