from typing import Any

from django.db import models

from accounts.closing import refused_when_closed


class TenantRow(models.Model):
    """A row of a workspace in a table guarded by ``accounts.guards.open_workspaces_only``."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row.

        Raises:
            WorkspaceClosedError: its workspace is being erased, or was.
        """
        with refused_when_closed():
            super().save(*args, **kwargs)
