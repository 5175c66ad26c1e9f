from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.workspace import Workspace


class WatermarkRight(models.Model):
    """That a workspace was granted audio without a watermark, or lost it: who, when and why.

    Rows are never changed or removed; triggers refuse it. An erased workspace keeps them.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="watermark_rights")
    granted = models.BooleanField(help_text="Granted; otherwise withdrawn.")
    reason = models.CharField(max_length=500)
    actor = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "right to omit the watermark"
        verbose_name_plural = "rights to omit the watermark"
        permissions = [("grant_unmarked_audio", "Can grant audio without a watermark")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(actor=""), name="accounts_watermarkright_says_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "-created_at"], name="accounts_watermarkright_latest"
            ),
        ]

    def __str__(self) -> str:
        return f"{'granted to' if self.granted else 'withdrawn from'} {self.workspace_id}"
