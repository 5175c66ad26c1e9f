import secrets

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from inference.jobs.model import LIVE, Job, JobState, job_constraints, job_indexes


class VoiceType(models.TextChoices):
    """Whose a voice is."""

    USER = "USER", "A workspace's own"
    SYSTEM = "SYSTEM", "Everybody's"


def new_short_id() -> str:
    """Return 8 hexadecimal digits: the voice's id in dialects that want short ones."""
    return secrets.token_hex(4)


class VoiceQuerySet(models.QuerySet["Voice"]):
    """Queries that start from a workspace."""

    def present(self) -> "VoiceQuerySet":
        """Voices that were not deleted."""
        return self.filter(deleted_at=None)

    def owned_by(self, workspace: Workspace) -> "VoiceQuerySet":
        """The workspace's own voices."""
        return self.present().filter(workspace=workspace)

    def public(self) -> "VoiceQuerySet":
        """The system voices."""
        return self.present().filter(type=VoiceType.SYSTEM)

    def visible_to(self, workspace: Workspace) -> "VoiceQuerySet":
        """Everything the workspace may speak with."""
        return self.present().filter(Q(workspace=workspace) | Q(type=VoiceType.SYSTEM))


class Voice(Job):
    """A voice, and the job that clones it."""

    workspace = models.ForeignKey(
        Workspace, models.PROTECT, null=True, blank=True, related_name="voices"
    )
    type = models.CharField(max_length=6, choices=VoiceType.choices, default=VoiceType.USER)
    short_id = models.CharField(max_length=8, default=new_short_id)
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    cover_image = models.CharField(max_length=2000, blank=True)
    tags = models.JSONField(default=list)
    gender = models.CharField(max_length=6, blank=True)
    reference_name = models.CharField(max_length=200, blank=True)
    reference_type = models.CharField(max_length=60, blank=True)
    duration = models.FloatField(null=True, blank=True)

    objects = VoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            *job_constraints("voices_voice"),
            models.CheckConstraint(
                condition=Q(type=VoiceType.SYSTEM, workspace__isnull=True)
                | Q(type=VoiceType.USER, workspace__isnull=False),
                name="voices_voice_system_has_no_owner",
            ),
            models.UniqueConstraint(
                fields=["short_id"],
                condition=Q(type=VoiceType.SYSTEM),
                name="voices_voice_system_short_id",
            ),
            models.UniqueConstraint(
                fields=["workspace", "short_id"], name="voices_voice_short_id_unique"
            ),
        ]
        indexes = [
            *job_indexes("voices_voice"),
            models.Index(fields=["workspace", "-created_at"], name="voices_voice_by_owner"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def can_speak(self) -> bool:
        """Whether texts may be given to it: while its clone is in work, they wait for it."""
        return self.state in (*LIVE, JobState.COMPLETED)
