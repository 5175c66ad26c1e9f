from django.db import migrations

from accounts.guards import open_workspaces_only


class Migration(migrations.Migration):
    """The triggers that refuse speeches, calls and webhook endpoints of closed workspaces."""

    dependencies = [
        ("accounts", "0004_closed_workspaces"),
        ("speech", "0006_unmarked_use"),
    ]

    operations = [
        open_workspaces_only("speech_speech"),
        open_workspaces_only("speech_call"),
        open_workspaces_only("speech_webhookendpoint"),
    ]
