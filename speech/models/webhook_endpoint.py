from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models import TenantRow, Workspace

MAX_URL_CHARS = 2048


class EventType(models.TextChoices):
    """What endpoints can be told of."""

    VOICE_COMPLETED = "voice.completed", "A voice is ready"
    VOICE_FAILED = "voice.failed", "A voice could not be cloned"
    SPEECH_COMPLETED = "speech.completed", "A speech is ready"
    SPEECH_FAILED = "speech.failed", "A speech could not be made"
    CREDITS_LOW = "credits.low", "Credits run low"


TEST_EVENT = "webhook.test"


def all_events() -> list[str]:
    """Return every type of event: what an endpoint gets unless it is narrowed."""
    return list(EventType.values)


class SigningSecrets(models.Model):
    """A secret that signs, sealed, and during a rotation the one before it."""

    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def sealed_secrets_at(self, moment: datetime) -> list[str]:
        """Return the sealed secrets in force, the newest first."""
        rotating = self.previous_secret_until is not None and moment < self.previous_secret_until
        return [self.secret, self.previous_secret] if rotating else [self.secret]


class WorkspaceSecret(SigningSecrets):
    """What signs deliveries to URLs that were given for one request only."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"webhook secret of {self.workspace_id}"


class DisabledReason(models.TextChoices):
    """Why we stopped sending to an endpoint."""

    FAILING = "FAILING", "Failed for three days"
    GONE = "GONE", "Answered 410 Gone"


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Queries that start from a workspace."""

    def of(self, workspace: Workspace) -> "WebhookEndpointQuerySet":
        """The workspace's endpoints that were not deleted, oldest first."""
        return self.filter(workspace=workspace, deleted_at=None).order_by("created_at", "pk")


class WebhookEndpoint(TenantRow, SigningSecrets):
    """An address of a customer's that is told of events.

    A deleted one is only hidden until its log is purged, so that no deletion can stand in the
    way of a transaction that just now writes deliveries to it.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=MAX_URL_CHARS)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=all_events)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=7, choices=DisabledReason.choices, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    last_failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(disabled_reason=""),
                name="speech_webhookendpoint_enabled_has_no_reason",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(enabled=False),
                name="speech_webhookendpoint_deleted_is_disabled",
            ),
        ]

    def __str__(self) -> str:
        return self.url
