import django.db.models.deletion
import django.utils.timezone
import inference.jobs.clock
import voices.models.voice
from django.db import migrations, models

from accounts.guards import open_workspaces_only
from inference.jobs.guards import count_job_table, guard_rebuilt_job_table

# See speech/migrations/0008_queue_and_failures.py.
END_CANCELLED = """
UPDATE voices_voice SET state = 'RUNNING', attempt = attempt + 1, lease_until = CURRENT_TIMESTAMP
WHERE state = 'QUEUED' AND cancel_requested
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_guards'),
        ('inference', '0003_tenant_queue'),
        ('voices', '0005_closed_workspaces'),
    ]

    operations = [
        migrations.RunSQL(END_CANCELLED, migrations.RunSQL.noop),
        migrations.CreateModel(
            name='ReferenceDownload',
            fields=[
                ('voice', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='reference_download', serialize=False, to='voices.voice')),
                ('attempt', models.PositiveIntegerField(db_default=0, default=0)),
                ('failures', models.PositiveIntegerField(db_default=0, default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('retry_at', models.DateTimeField(default=inference.jobs.clock.db_now)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='voice',
            name='voices_voice_live',
        ),
        migrations.AddField(
            model_name='voice',
            name='failures',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='voice',
            name='is_ready',
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AlterField(
            model_name='voice',
            name='short_id',
            field=models.CharField(blank=True, default=voices.models.voice.new_short_id, max_length=8, null=True),
        ),
        migrations.AddIndex(
            model_name='voice',
            index=models.Index(condition=models.Q(('is_ready', True), ('state', 'QUEUED')), fields=['workspace', 'created_at'], name='voices_voice_queued'),
        ),
        migrations.AddIndex(
            model_name='voice',
            index=models.Index(condition=models.Q(('state', 'RUNNING')), fields=['lease_until'], name='voices_voice_leased'),
        ),
        migrations.AddIndex(
            model_name='voice',
            index=models.Index(condition=models.Q(('state__in', ('QUEUED', 'RUNNING'))), fields=['deadline'], name='voices_voice_due'),
        ),
        migrations.AddConstraint(
            model_name='voice',
            constraint=models.CheckConstraint(condition=models.Q(('cancel_requested', True), ('state', 'QUEUED'), _negated=True), name='voices_voice_queued_is_wanted'),
        ),
        migrations.AddConstraint(
            model_name='voice',
            constraint=models.CheckConstraint(condition=models.Q(('is_ready', True), models.Q(('state__in', ('RUNNING', 'COMPLETED')), _negated=True), _connector='OR'), name='voices_voice_only_ready_runs'),
        ),
        migrations.AddConstraint(
            model_name='voice',
            constraint=models.CheckConstraint(condition=models.Q(('failures__lte', models.F('attempt'))), name='voices_voice_failures_within_attempts'),
        ),
        migrations.AddConstraint(
            model_name='voice',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('ONCE', 'HANDLE')), ('short_id__isnull', False), _connector='OR'), name='voices_voice_listed_has_short_id'),
        ),
        migrations.AddField(
            model_name='referencedownload',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddIndex(
            model_name='referencedownload',
            index=models.Index(fields=['retry_at'], name='voices_download_due'),
        ),
        migrations.RunSQL(
            "UPDATE voices_voice SET short_id = NULL WHERE type IN ('ONCE', 'HANDLE')",
            migrations.RunSQL.noop,
        ),
        guard_rebuilt_job_table("voices_voice"),
        count_job_table("voices_voice"),
        open_workspaces_only("voices_voice"),
    ]
