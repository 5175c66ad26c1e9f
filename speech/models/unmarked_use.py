from django.db import models
from django.utils import timezone

from accounts.ids import ID_LENGTH
from accounts.models import Workspace


class UnmarkedUse(models.Model):
    """That a workspace had audio made without a watermark.

    It is written in the transaction that submits the job and never changed or removed;
    triggers refuse it. It outlives its job and holds no words, so an erased workspace keeps it.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="unmarked_uses")
    job_id = models.CharField(max_length=ID_LENGTH)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job_id"], name="speech_unmarkeduse_once_per_job"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="speech_unmarkeduse_by_owner"),
        ]

    def __str__(self) -> str:
        return self.job_id
