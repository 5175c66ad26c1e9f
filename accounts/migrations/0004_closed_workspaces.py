from typing import Any

from django.db import migrations, models
from django.utils import timezone

from accounts.guards import open_workspaces_only


def close_the_erased(apps: Any, _schema_editor: Any) -> None:
    """Close the workspaces that were erased before, and have what may be left removed."""
    workspaces = apps.get_model("accounts", "Workspace").objects
    now = timezone.now()
    erased = workspaces.filter(name="erased", memberships=None, api_keys=None)
    keys = list(erased.values_list("pk", flat=True))
    workspaces.filter(pk__in=keys).update(closed_at=now, sweep_at=now)


class Migration(migrations.Migration):
    """Workspaces can be closed: the database then refuses them new rows."""

    dependencies = [("accounts", "0003_guards")]

    operations = [
        migrations.AddField(
            model_name="workspace",
            name="closed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="workspace",
            name="sweep_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="workspace",
            index=models.Index(
                condition=models.Q(("sweep_at__isnull", False)),
                fields=["sweep_at"],
                name="accounts_workspace_to_sweep",
            ),
        ),
        migrations.AddConstraint(
            model_name="workspace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sweep_at__isnull", True), ("closed_at__isnull", False), _connector="OR"
                ),
                name="accounts_workspace_swept_when_closed",
            ),
        ),
        migrations.RunPython(close_the_erased, migrations.RunPython.noop),
        open_workspaces_only("accounts_apikey"),
        open_workspaces_only("accounts_membership"),
    ]
