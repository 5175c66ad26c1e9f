from django.db import migrations, models

from accounts.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    """Indexes over what housekeeping still has to do, made without stopping writers."""

    atomic = False

    dependencies = [
        ('speech', '0009_housekeeping_at'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='call',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('housekeeping_at__isnull', True)), fields=['expires_at'], name='speech_call_to_hide'),
        ),
        AddIndexConcurrently(
            model_name='call',
            index=models.Index(condition=models.Q(('housekeeping_at__isnull', False)), fields=['housekeeping_at'], name='speech_call_to_forget'),
        ),
        AddIndexConcurrently(
            model_name='speech',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False), ('state__in', ('COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT'))), fields=['housekeeping_at'], name='speech_speech_purge_due'),
        ),
        AddIndexConcurrently(
            model_name='speech',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('finished_at__isnull', False)), fields=['workspace', 'finished_at'], name='speech_speech_kept'),
        ),
        AddIndexConcurrently(
            model_name='speech',
            index=models.Index(condition=models.Q(('state__in', ('QUEUED', 'RUNNING'))), fields=['voice'], name='speech_speech_live_by_voice'),
        ),
        migrations.RemoveIndex(
            model_name='call',
            name='speech_call_to_expire',
        ),
        migrations.RemoveIndex(
            model_name='speech',
            name='speech_speech_to_purge',
        ),
    ]
