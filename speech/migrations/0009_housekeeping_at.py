import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

from accounts.guards import open_workspaces_only
from inference.jobs.guards import guard_rebuilt_job_table


class Migration(migrations.Migration):
    """When housekeeping next looks at a row; on PostgreSQL the rows are not rewritten."""

    dependencies = [
        ('speech', '0008_queue_and_failures'),
        ('voices', '0007_housekeeping_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='housekeeping_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='speech',
            name='housekeeping_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name='call',
            name='speech',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='call', to='speech.speech'),
        ),
        migrations.AlterField(
            model_name='call',
            name='voice',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='call', to='voices.voice'),
        ),
        guard_rebuilt_job_table('speech_speech', is_counted=True),
        open_workspaces_only('speech_speech'),
        open_workspaces_only('speech_call'),
    ]
