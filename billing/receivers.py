from typing import Any

from django.dispatch import receiver

from accounts.models import Workspace
from accounts.signals import workspace_created
from billing.operations import open_wallet


@receiver(workspace_created)
def _open_wallet(*, workspace: Workspace, **_kwargs: Any) -> None:
    open_wallet(workspace=workspace)
