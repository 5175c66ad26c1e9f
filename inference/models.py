from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace


class Turn(models.Model):
    """When a workspace last had a job taken up: the queue goes round by it.

    Its row is also the lock under which a workspace's running jobs are counted.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    served_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"turn of {self.workspace_id}"


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
