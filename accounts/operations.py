"""Writes about people and workspaces; each needs an open transaction."""

from accounts.models import Membership, Role, User, Workspace
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


def create_personal_workspace(*, user: User) -> Workspace:
    """Make the workspace that each person gets at sign-up."""
    local_part = user.email.partition("@")[0]
    return create_workspace(name=f"{local_part}'s workspace"[:100], owner=user)
