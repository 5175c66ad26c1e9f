from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from inference.jobs.clock import db_now
from voices.models.voice import Voice


class ReferenceDownload(models.Model):
    """A voice's recording that is still to be downloaded from its ``reference_url``.

    The row is there until the download has ended, well or not; jobs with the voice wait for
    that. ``attempt`` is the fencing token of the thread that downloads, which holds the row until
    ``lease_until``; ``failures`` counts the attempts that failed. ``retry_at`` is the earliest
    moment of the next attempt.
    """

    voice = models.OneToOneField(
        Voice, models.CASCADE, primary_key=True, related_name="reference_download"
    )
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    attempt = models.PositiveIntegerField(default=0, db_default=0)
    failures = models.PositiveIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(default=db_now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["retry_at"], name="voices_download_due")]

    def __str__(self) -> str:
        return f"download for {self.voice_id}"
