from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from inference.engines.base import OUTPUT_RATE
from inference.jobs.model import LIVE, Job, job_constraints, job_indexes
from voices.models import Voice, VoiceType


class SpeechFormat(models.TextChoices):
    """The formats speech can be had in."""

    MP3 = "mp3"
    WAV = "wav"
    OPUS = "opus"
    PCM = "pcm"
    AAC = "aac"
    FLAC = "flac"
    ULAW = "ulaw"


class SpeechKind(models.TextChoices):
    """What is to be done: a text spoken, or a recording said anew in another voice."""

    SPEECH = "speech"
    CONVERSION = "conversion"


class Normalization(models.TextChoices):
    """How the level of a whole recording is set."""

    NONE = "", "As spoken"
    PEAK = "peak"
    RMS = "rms"


class SpeechQuerySet(models.QuerySet["Speech"]):
    """Queries that start from a workspace."""

    def of(self, workspace: Workspace) -> "SpeechQuerySet":
        """The workspace's speeches that were not deleted."""
        return self.filter(workspace=workspace, deleted_at=None)

    def texts(self) -> "SpeechQuerySet":
        """Spoken texts, without conversions."""
        return self.filter(kind=SpeechKind.SPEECH)


class Speech(Job):
    """A text to be spoken or a recording to be converted, and what came of it.

    It keeps what it says of its voice, so that it reads the same when the voice has gone.
    ``language`` is what the text is spoken in, a BCP 47 tag in lower case; it is empty in rows of
    before it was stored, and in conversions of which nobody said it.
    ``live`` asks for the audio to be sent while it is made, ``streamed_at`` is when its first
    bytes left. ``metrics`` is what the worker
    measured: ``generation_seconds``, ``first_chunk_seconds``, ``prompt_was_stored`` and
    ``chunks``, each with ``samples`` and ``seconds`` of work.
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
    kind = models.CharField(max_length=10, choices=SpeechKind.choices, default=SpeechKind.SPEECH)
    input_name = models.CharField(max_length=200, blank=True)
    input_seconds = models.FloatField(null=True, blank=True)
    sample_rate = models.PositiveIntegerField(default=OUTPUT_RATE)
    normalization = models.CharField(max_length=4, choices=Normalization.choices, blank=True)
    piece_words = models.PositiveIntegerField(null=True, blank=True)
    live = models.BooleanField(default=False)
    streamed_at = models.DateTimeField(null=True, blank=True)
    no_watermark = models.BooleanField(default=False)
    watermarked = models.BooleanField(null=True, blank=True)
    audio_name = models.CharField(max_length=200, blank=True)
    duration = models.FloatField(null=True, blank=True)
    metrics = models.JSONField(null=True, blank=True)

    objects = SpeechQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "speeches"
        constraints = [
            *job_constraints("speech_speech"),
            models.CheckConstraint(
                condition=Q(kind=SpeechKind.SPEECH, input_seconds__isnull=True)
                | Q(kind=SpeechKind.CONVERSION, input_seconds__isnull=False, live=False),
                name="speech_speech_conversion_has_input",
            ),
        ]
        indexes = [
            *job_indexes("speech_speech"),
            models.Index(fields=["workspace", "-created_at"], name="speech_speech_by_owner"),
            models.Index(
                fields=["workspace", "finished_at"],
                name="speech_speech_kept",
                condition=Q(deleted_at__isnull=True, finished_at__isnull=False),
            ),
            models.Index(
                fields=["voice"],
                name="speech_speech_live_by_voice",
                condition=Q(state__in=LIVE),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def made_by(self) -> dict[str, str]:
        """The headers of its audio that say what spoke, and in which language."""
        about = {"x-engine": self.engine, "x-model": self.model, "x-seed": str(self.seed)}
        return about | ({"x-language": self.language} if self.language else {})
