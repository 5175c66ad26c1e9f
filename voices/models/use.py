from django.db import models

from accounts.models import Workspace
from voices.models.voice import Voice


class VoiceUse(models.Model):
    """How often a workspace used a voice on a day; outlives the speeches themselves."""

    voice = models.ForeignKey(Voice, models.CASCADE, related_name="uses")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["voice", "workspace", "day"], name="voices_use_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.count} on {self.day}"
