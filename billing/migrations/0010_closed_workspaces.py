from django.db import migrations

from billing.guards import run_sql_file


class Migration(migrations.Migration):
    """The trigger that refuses charges of closed workspaces."""

    dependencies = [
        ("accounts", "0004_closed_workspaces"),
        ("billing", "0009_earlier_signups"),
    ]

    operations = [run_sql_file("closed_workspaces", undo="drop_closed_workspaces")]
