import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

from accounts.guards import open_workspaces_only
from inference.jobs.guards import guard_rebuilt_job_table


class Migration(migrations.Migration):
    """When housekeeping next looks at a voice; on PostgreSQL the rows are not rewritten."""

    dependencies = [
        ('voices', '0006_queue_and_failures'),
    ]

    operations = [
        migrations.AddField(
            model_name='voice',
            name='housekeeping_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False),
        ),
        guard_rebuilt_job_table('voices_voice', is_counted=True),
        open_workspaces_only('voices_voice'),
    ]
