import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from inference.jobs.model import LIVE, Job, JobState, job_constraints, job_indexes


class VoiceType(models.TextChoices):
    """Whose a voice is."""

    USER = "USER", "A workspace's own"
    SYSTEM = "SYSTEM", "Everybody's"
    HANDLE = "HANDLE", "A workspace's own until it expires"
    ONCE = "ONCE", "For one request"


REFERENCE_SECONDS = 30.0
"""Of a recording, so many seconds are used where nobody asks for another number."""


def new_short_id() -> str:
    """Return 8 hexadecimal digits: the voice's id in dialects that want short ones."""
    return secrets.token_hex(4)


class VoiceQuerySet(models.QuerySet["Voice"]):
    """Queries that start from a workspace."""

    def present(self) -> "VoiceQuerySet":
        """Voices that were not deleted."""
        return self.filter(deleted_at=None)

    def owned_by(self, workspace: Workspace) -> "VoiceQuerySet":
        """The workspace's own voices, as lists show them: without passing ones."""
        return self.present().filter(workspace=workspace, type=VoiceType.USER)

    def public(self) -> "VoiceQuerySet":
        """The system voices."""
        return self.present().filter(type=VoiceType.SYSTEM)

    def handles_of(self, workspace: Workspace) -> "VoiceQuerySet":
        """The workspace's handles that have not expired."""
        return self.present().filter(
            workspace=workspace, type=VoiceType.HANDLE, expires_at__gt=timezone.now()
        )

    def visible_to(self, workspace: Workspace) -> "VoiceQuerySet":
        """Everything the workspace may speak with, by id."""
        live_handle = Q(type=VoiceType.HANDLE, expires_at__gt=timezone.now())
        own = Q(workspace=workspace) & (Q(type=VoiceType.USER) | live_handle)
        return self.present().filter(own | Q(type=VoiceType.SYSTEM))


class Voice(Job):
    """A voice, and the job that clones it.

    ``short_id`` is its id in dialects that want short ones; voices that lists show have one.
    ``name`` is what it is called in a dialect that knows voices by unique names; ``handle``
    what stands for a passing one, which works with the model it was ``made_for`` until
    ``expires_at``. A passing voice costs nothing to make: its prompt is made when it first
    speaks, from the first ``reference_seconds`` of the recording that was uploaded or lies
    at ``reference_url``. A clone that has a ``sample_text`` speaks it, into ``sample_name``.
    ``language`` is what it speaks where a request names none.
    """

    workspace = models.ForeignKey(
        Workspace, models.PROTECT, null=True, blank=True, related_name="voices"
    )
    type = models.CharField(max_length=6, choices=VoiceType.choices, default=VoiceType.USER)
    short_id = models.CharField(  # noqa: DJ001 - unique where there is one
        max_length=8, null=True, blank=True, default=new_short_id
    )
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    cover_image = models.CharField(max_length=2000, blank=True)
    tags = models.JSONField(default=list)
    language = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 - null where none is set
    gender = models.CharField(max_length=6, blank=True)
    reference_name = models.CharField(max_length=200, blank=True)
    reference_type = models.CharField(max_length=60, blank=True)
    reference_url = models.CharField(max_length=2000, blank=True)
    reference_rate = models.PositiveIntegerField(null=True, blank=True)
    reference_seconds = models.FloatField(default=REFERENCE_SECONDS)
    duration = models.FloatField(null=True, blank=True)
    name = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - unique where given
    handle = models.CharField(max_length=40, null=True, blank=True, unique=True)
    made_for = models.CharField(max_length=80, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    sample_text = models.TextField(blank=True)
    sample_name = models.CharField(max_length=200, blank=True)

    objects = VoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            *job_constraints("voices_voice"),
            models.CheckConstraint(
                condition=Q(type=VoiceType.SYSTEM, workspace__isnull=True)
                | (~Q(type=VoiceType.SYSTEM) & Q(workspace__isnull=False)),
                name="voices_voice_system_has_no_owner",
            ),
            models.CheckConstraint(
                condition=Q(type__in=VoiceType.values), name="voices_voice_type"
            ),
            models.CheckConstraint(
                condition=Q(type=VoiceType.HANDLE, handle__isnull=False, expires_at__isnull=False)
                | (~Q(type=VoiceType.HANDLE) & Q(handle__isnull=True, expires_at__isnull=True)),
                name="voices_voice_handle_expires",
            ),
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(deleted_at__isnull=True),
                name="voices_voice_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(type__in=(VoiceType.ONCE, VoiceType.HANDLE))
                | Q(short_id__isnull=False),
                name="voices_voice_listed_has_short_id",
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
            models.Index(
                fields=["workspace", "finished_at"],
                name="voices_voice_kept_reference",
                condition=Q(type=VoiceType.USER, state=JobState.COMPLETED, deleted_at__isnull=True)
                & ~Q(reference_name=""),
            ),
            models.Index(
                fields=["workspace", "finished_at"],
                name="voices_voice_kept_once",
                condition=Q(
                    type=VoiceType.ONCE, deleted_at__isnull=True, finished_at__isnull=False
                ),
            ),
            models.Index(
                fields=["expires_at"],
                name="voices_voice_to_expire",
                condition=Q(type=VoiceType.HANDLE, deleted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def can_speak(self) -> bool:
        """Whether texts may be given to it, also while its clone is in work.

        A speech that is taken up before the clone has ended makes the prompt for itself.
        """
        return self.state in (*LIVE, JobState.COMPLETED)
