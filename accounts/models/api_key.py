from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models.tenant_row import TenantRow
from accounts.models.workspace import Workspace


class Scope(models.TextChoices):
    """What a key may be used for."""

    SPEECH = "speech", "Speech"
    VOICES = "voices", "Voices"
    BILLING_READ = "billing:read", "Balance"
    WEBHOOKS = "webhooks", "Webhooks"


def all_scopes() -> list[str]:
    """Return every scope: what a key gets unless it is narrowed."""
    return list(Scope.values)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Queries that start from a workspace."""

    def of(self, workspace: Workspace) -> "ApiKeyQuerySet":
        """Keys of ``workspace``, newest first."""
        return self.filter(workspace=workspace).order_by("-created_at")


class ApiKey(TenantRow):
    """A program's credential. Only a keyed hash of the secret is stored."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    lookup = models.CharField(max_length=12, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=all_scopes)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def prefix(self) -> str:
        """The part that may be shown."""
        return f"vc_{self.lookup}"

    def is_valid_at(self, moment: datetime) -> bool:
        """Whether the key is neither revoked nor expired at ``moment``."""
        return self.revoked_at is None and (self.expires_at is None or moment < self.expires_at)

    def allows(self, scope: str) -> bool:
        """Whether the key carries ``scope``."""
        return scope in self.scopes
