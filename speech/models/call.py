import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import TenantRow, Workspace
from speech.models.speech import Speech
from voices.models import Voice


class CallQuerySet(models.QuerySet["Call"]):
    """Queries that start from a workspace."""

    def of(self, workspace: Workspace, dialect: str) -> "CallQuerySet":
        """The workspace's calls in one dialect whose result is still kept."""
        kept = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(kept, workspace=workspace, dialect=dialect)


class Call(TenantRow):
    """A request of a dialect that gives it an id of its own and answers later.

    It stands for the job it made (``speech`` or ``voice``), or for what came of it at once:
    ``result``, or the ``error`` it failed with. ``asked`` is what the answer repeats of the
    request; ``endpoint`` the name under which a workspace keeps its calls apart;
    ``keep_seconds`` how long the result is kept once it is there. A call goes with its job's row
    or some days after its result has expired; ``housekeeping_at`` is when, set once the result
    has been removed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="calls")
    dialect = models.CharField(max_length=20)
    endpoint = models.CharField(max_length=100, blank=True)
    operation = models.CharField(max_length=40, blank=True)
    asked = models.JSONField(default=dict)
    speech = models.OneToOneField(
        Speech, models.CASCADE, null=True, blank=True, related_name="call"
    )
    voice = models.OneToOneField(Voice, models.CASCADE, null=True, blank=True, related_name="call")
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    webhook_url = models.CharField(max_length=2000, blank=True)
    stream_position = models.IntegerField(default=-1)
    keep_seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    housekeeping_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(speech__isnull=True) | Q(voice__isnull=True),
                name="speech_call_one_job",
            ),
        ]
        indexes = [
            models.Index(
                fields=["workspace", "dialect", "endpoint", "-created_at"],
                name="speech_call_by_owner",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False, housekeeping_at__isnull=True),
                name="speech_call_to_hide",
            ),
            models.Index(
                fields=["housekeeping_at"],
                condition=Q(housekeeping_at__isnull=False),
                name="speech_call_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dialect} {self.operation} {self.pk}"

    @property
    def job(self) -> Speech | Voice | None:
        """The job this call made, where it made one that is still there."""
        return self.speech or self.voice
