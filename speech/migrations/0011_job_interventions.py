import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from accounts.guards import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_guards'),
        ('speech', '0010_housekeeping_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobIntervention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job_id', models.CharField(max_length=32)),
                ('kind', models.CharField(choices=[('cancel', 'Cancelled'), ('retry', 'Retried'), ('refund', 'Refunded')], max_length=6)),
                ('new_job_id', models.CharField(blank=True, max_length=32)),
                ('actor', models.CharField(max_length=64)),
                ('reason', models.CharField(max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='job_interventions', to='accounts.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['job_id'], name='speech_jobintervention_by_job')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('actor', ''), _negated=True)), name='speech_jobintervention_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'retry'), models.Q(('new_job_id', ''), _negated=True)), models.Q(('kind__in', ['cancel', 'refund']), ('new_job_id', '')), _connector='OR'), name='speech_jobintervention_retry_makes_a_job'), models.UniqueConstraint(condition=models.Q(('kind__in', ['retry', 'refund'])), fields=('job_id', 'kind'), name='speech_jobintervention_once_per_job')],
            },
        ),
        append_only("speech_jobintervention"),
    ]
