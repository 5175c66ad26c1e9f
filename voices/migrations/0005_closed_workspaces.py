from django.db import migrations

from accounts.guards import open_workspaces_only


class Migration(migrations.Migration):
    """The trigger that refuses voices of closed workspaces."""

    dependencies = [
        ("accounts", "0004_closed_workspaces"),
        ("voices", "0004_passing_voices"),
    ]

    operations = [open_workspaces_only("voices_voice")]
