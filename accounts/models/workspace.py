from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models.tenant_row import TenantRow

if TYPE_CHECKING:
    from accounts.models.user import User


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    """Queries that start from a person."""

    def open(self) -> "WorkspaceQuerySet":
        """Workspaces that were not closed."""
        return self.filter(closed_at=None)

    def of(self, user: "User") -> "WorkspaceQuerySet":
        """Workspaces that ``user`` is a member of, oldest first."""
        return self.filter(memberships__user=user).order_by("created_at")


class Workspace(models.Model):
    """The tenant: it owns keys, wallet, voices and speeches.

    A workspace that is being erased, or was, is closed at ``closed_at`` for good: the database
    refuses it new rows. ``sweep_at`` is when its rows and stored files are looked for once more;
    null where nothing can be left. ``default_language`` is what its texts are spoken in where
    neither the request nor the voice names a language.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    default_language = models.CharField(  # noqa: DJ001 - null where none is set
        max_length=20, null=True, blank=True
    )
    may_omit_watermark = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sweep_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sweep_at__isnull=True) | models.Q(closed_at__isnull=False),
                name="accounts_workspace_swept_when_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["sweep_at"],
                condition=models.Q(sweep_at__isnull=False),
                name="accounts_workspace_to_sweep",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do: a member uses, an admin manages keys, an owner everything."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"


class Membership(TenantRow):
    """One person's place in one workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "user"], name="accounts_membership_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"

    @property
    def manages_keys(self) -> bool:
        """Whether this member may create and revoke API keys."""
        return self.role in {Role.OWNER, Role.ADMIN}
