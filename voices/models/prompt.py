from django.db import models
from django.utils import timezone

from voices.models.voice import Voice


class StoredPrompt(models.Model):
    """What one engine, model and version made of a voice's reference."""

    voice = models.ForeignKey(Voice, models.CASCADE, related_name="prompts")
    engine = models.CharField(max_length=40)
    model = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["voice", "engine", "model", "version"], name="voices_prompt_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engine} {self.version} of {self.voice_id}"
