from typing import Any

from django.db import migrations, models

from accounts.guards import open_workspaces_only
from inference.jobs.guards import count_job_table, guard_rebuilt_job_table

# A job that was cancelled and put back waited for its deadline. The reaper ends one whose lease
# has run out at once, with its refund.
END_CANCELLED = """
UPDATE speech_speech SET state = 'RUNNING', attempt = attempt + 1, lease_until = CURRENT_TIMESTAMP
WHERE state = 'QUEUED' AND cancel_requested
"""


def request_downloads(apps: Any, _schema_editor: Any) -> None:
    """Have the recordings downloaded that queued speeches need."""
    speech, download = apps.get_model("speech.Speech"), apps.get_model("voices.ReferenceDownload")
    waiting = speech.objects.filter(state="QUEUED", voice__reference_name="").exclude(
        voice__reference_url=""
    )
    for row in waiting:
        download.objects.get_or_create(
            voice_id=row.voice_id, defaults={"workspace_id": row.workspace_id}
        )
        speech.objects.filter(pk=row.pk).update(is_ready=False)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_guards'),
        ('speech', '0007_closed_workspaces'),
        ('inference', '0003_tenant_queue'),
        ('voices', '0006_queue_and_failures'),
    ]

    operations = [
        migrations.RunSQL(END_CANCELLED, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name='speech',
            name='speech_speech_live',
        ),
        migrations.AddField(
            model_name='speech',
            name='failures',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='speech',
            name='is_ready',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddIndex(
            model_name='speech',
            index=models.Index(condition=models.Q(('is_ready', True), ('state', 'QUEUED')), fields=['workspace', 'created_at'], name='speech_speech_queued'),
        ),
        migrations.AddIndex(
            model_name='speech',
            index=models.Index(condition=models.Q(('state', 'RUNNING')), fields=['lease_until'], name='speech_speech_leased'),
        ),
        migrations.AddIndex(
            model_name='speech',
            index=models.Index(condition=models.Q(('state__in', ('QUEUED', 'RUNNING'))), fields=['deadline'], name='speech_speech_due'),
        ),
        migrations.AddConstraint(
            model_name='speech',
            constraint=models.CheckConstraint(condition=models.Q(('cancel_requested', True), ('state', 'QUEUED'), _negated=True), name='speech_speech_queued_is_wanted'),
        ),
        migrations.AddConstraint(
            model_name='speech',
            constraint=models.CheckConstraint(condition=models.Q(('is_ready', True), models.Q(('state__in', ('RUNNING', 'COMPLETED')), _negated=True), _connector='OR'), name='speech_speech_only_ready_runs'),
        ),
        migrations.AddConstraint(
            model_name='speech',
            constraint=models.CheckConstraint(condition=models.Q(('failures__lte', models.F('attempt'))), name='speech_speech_failures_within_attempts'),
        ),
        migrations.RunPython(request_downloads, migrations.RunPython.noop),
        guard_rebuilt_job_table("speech_speech"),
        count_job_table("speech_speech"),
        open_workspaces_only("speech_speech"),
    ]
