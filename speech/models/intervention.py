from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace


class InterventionKind(models.TextChoices):
    """What staff did to a job."""

    CANCEL = "cancel", "Cancelled"
    RETRY = "retry", "Retried"
    REFUND = "refund", "Refunded"


class JobIntervention(models.Model):
    """That staff cancelled, retried or refunded a customer's job: who, when and why.

    Rows are never changed or removed; triggers refuse it. ``new_job_id`` is the job that a
    retry made. A job is retried by staff once, and refunded once.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="job_interventions")
    job_id = models.CharField(max_length=32)
    kind = models.CharField(max_length=6, choices=InterventionKind.choices)
    new_job_id = models.CharField(max_length=32, blank=True)
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(actor=""), name="speech_jobintervention_says_why"
            ),
            models.CheckConstraint(
                condition=Q(kind=InterventionKind.RETRY) & ~Q(new_job_id="")
                | Q(
                    kind__in=[InterventionKind.CANCEL, InterventionKind.REFUND],
                    new_job_id="",
                ),
                name="speech_jobintervention_retry_makes_a_job",
            ),
            models.UniqueConstraint(
                fields=["job_id", "kind"],
                condition=Q(kind__in=[InterventionKind.RETRY, InterventionKind.REFUND]),
                name="speech_jobintervention_once_per_job",
            ),
        ]
        indexes = [models.Index(fields=["job_id"], name="speech_jobintervention_by_job")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.job_id}"
