"""Writes about people and workspaces; each needs an open transaction."""

from datetime import datetime

from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import ApiKey, Membership, Role, User, Workspace
from accounts.signals import workspace_created
from accounts.transactions import require_transaction


def create_workspace(*, name: str, owner: User | None = None) -> Workspace:
    """Make a tenant, with ``owner`` as its owner where one is given."""
    require_transaction()
    workspace = Workspace.objects.create(name=name)
    if owner is not None:
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    workspace_created.send(sender=Workspace, workspace=workspace)
    return workspace


def home_workspace(*, user: User) -> Workspace:
    """Return the workspace that what a person is given goes to, making one where there is none.

    It is the oldest that they own, or else the oldest that they are a member of.
    """
    ensure_personal_workspace(user=user)
    memberships = Membership.objects.filter(user=user).select_related("workspace")
    oldest = memberships.order_by("created_at", "pk")
    membership = oldest.filter(role=Role.OWNER).first() or oldest[0]
    return membership.workspace


def create_personal_workspace(*, user: User) -> Workspace:
    """Make the workspace that each person gets at sign-up."""
    local_part = user.email.partition("@")[0]
    return create_workspace(name=f"{local_part}'s workspace"[:100], owner=user)


def ensure_personal_workspace(*, user: User) -> None:
    """Make a personal workspace for somebody who is in none; two at once make one."""
    require_transaction()
    User.objects.select_for_update().get(pk=user.pk)
    if not Membership.objects.filter(user=user).exists():
        create_personal_workspace(user=user)


def set_default_language(*, workspace: Workspace, language: str) -> None:
    """Have a workspace's texts spoken in ``language`` where nothing else names one; "" unsets it.

    It is a tag that the engine speaks.
    """
    require_transaction()
    workspace.default_language = language or None
    workspace.save(update_fields=["default_language"])


def close_workspace(*, workspace: Workspace, name: str, sweep_at: datetime) -> None:
    """Close a workspace for good, under another ``name``; its keys and memberships go.

    A transaction that is just now adding to it is waited for; none can add to it afterwards.
    This takes the workspace's row before any other lock, as adding to it does.
    """
    require_transaction()
    Workspace.objects.filter(pk=workspace.pk).update(
        name=name, closed_at=Coalesce("closed_at", timezone.now()), sweep_at=sweep_at
    )
    ApiKey.objects.filter(workspace=workspace).delete()
    Membership.objects.filter(workspace=workspace).delete()
