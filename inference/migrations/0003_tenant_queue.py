from django.db import migrations, models


class Migration(migrations.Migration):
    """A workspace's turn becomes its queue, with the numbers of its queued and running jobs."""

    dependencies = [("inference", "0002_submission")]

    operations = [
        migrations.RenameModel("Turn", "TenantQueue"),
        migrations.AddField(
            "tenantqueue", "queued", models.PositiveIntegerField(default=0, db_default=0)
        ),
        migrations.AddField(
            "tenantqueue", "running", models.PositiveIntegerField(default=0, db_default=0)
        ),
        migrations.AddIndex(
            "tenantqueue",
            models.Index(
                fields=["running", "served_at"],
                name="inference_tenantqueue_next",
                condition=models.Q(queued__gt=0),
            ),
        ),
    ]
