from django.db import migrations, models

from accounts.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    """Indexes over what housekeeping still has to do, made without stopping writers."""

    atomic = False

    dependencies = [
        ('voices', '0007_housekeeping_at'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='voice',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False), ('state__in', ('COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT'))), fields=['housekeeping_at'], name='voices_voice_purge_due'),
        ),
        AddIndexConcurrently(
            model_name='voice',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('state', 'COMPLETED'), ('type', 'USER'), models.Q(('reference_name', ''), _negated=True)), fields=['workspace', 'finished_at'], name='voices_voice_kept_reference'),
        ),
        AddIndexConcurrently(
            model_name='voice',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('finished_at__isnull', False), ('type', 'ONCE')), fields=['workspace', 'finished_at'], name='voices_voice_kept_once'),
        ),
        AddIndexConcurrently(
            model_name='voice',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True), ('type', 'HANDLE')), fields=['expires_at'], name='voices_voice_to_expire'),
        ),
        migrations.RemoveIndex(
            model_name='voice',
            name='voices_voice_to_purge',
        ),
    ]
