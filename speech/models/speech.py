from django.db import models

from accounts.models import Workspace
from inference.jobs.model import Job, job_constraints, job_indexes
from voices.models import Voice, VoiceType


class SpeechFormat(models.TextChoices):
    """The formats speech can be had in."""

    MP3 = "mp3"
    WAV = "wav"
    OPUS = "opus"
    PCM = "pcm"
    AAC = "aac"
    FLAC = "flac"


class SpeechQuerySet(models.QuerySet["Speech"]):
    """Queries that start from a workspace."""

    def of(self, workspace: Workspace) -> "SpeechQuerySet":
        """The workspace's speeches that were not deleted."""
        return self.filter(workspace=workspace, deleted_at=None)


class Speech(Job):
    """A text to be spoken, and what came of it.

    It keeps what it says of its voice, so that it reads the same when the voice has gone.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="speeches")
    voice = models.ForeignKey(Voice, models.PROTECT, related_name="speeches")
    voice_title = models.CharField(max_length=100)
    voice_type = models.CharField(max_length=6, choices=VoiceType.choices)
    voice_cover_image = models.CharField(max_length=2000, blank=True)
    text = models.TextField()
    format = models.CharField(max_length=4, choices=SpeechFormat.choices, default=SpeechFormat.MP3)
    language = models.CharField(max_length=20, blank=True)
    speed = models.FloatField(default=1.0)
    exaggeration = models.FloatField(default=0.5)
    cfg_weight = models.FloatField(default=0.5)
    temperature = models.FloatField(default=0.8)
    seed = models.BigIntegerField()
    audio_name = models.CharField(max_length=200, blank=True)
    duration = models.FloatField(null=True, blank=True)

    objects = SpeechQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "speeches"
        constraints = job_constraints("speech_speech")
        indexes = [
            *job_indexes("speech_speech"),
            models.Index(fields=["workspace", "-created_at"], name="speech_speech_by_owner"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
