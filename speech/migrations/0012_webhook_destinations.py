from typing import Any
from urllib.parse import urlsplit

import django.db.models.functions.datetime
from django.db import migrations, models

_BATCH = 1000


def name_destinations(apps: Any, _schema_editor: Any) -> None:
    """Give what is still to be sent its destination; the rest needs none."""
    pending = apps.get_model("speech", "Delivery").objects.filter(state="PENDING")
    pending.filter(endpoint__isnull=False).update(destination=models.F("endpoint_id"))
    batch = []
    for row in pending.filter(endpoint=None).only("url").iterator(chunk_size=_BATCH):
        row.destination = _host(row.url)
        batch.append(row)
        if len(batch) == _BATCH:
            pending.bulk_update(batch, ["destination"])
            batch = []
    pending.bulk_update(batch, ["destination"])


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()[:260] or "-"
    except ValueError:
        return "-"


class Migration(migrations.Migration):
    """Deliveries are claimed by destination, on the database's clock."""

    dependencies = [("speech", "0011_job_interventions")]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="last_failed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="destination",
            field=models.CharField(db_default="-", editable=False, max_length=260),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="next_attempt_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.RemoveIndex(model_name="delivery", name="speech_delivery_pending"),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "PENDING")),
                fields=["workspace", "next_attempt_at"],
                name="speech_delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "PENDING")),
                fields=["workspace", "destination", "next_attempt_at"],
                name="speech_delivery_due_at",
            ),
        ),
        migrations.RunPython(name_destinations, migrations.RunPython.noop, elidable=True),
    ]
