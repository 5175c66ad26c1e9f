from django.db import migrations

from accounts.guards import append_only


class Migration(migrations.Migration):
    """The triggers that keep the record of rights as it was written."""

    dependencies = [("accounts", "0002_watermark_right")]

    operations = [append_only("accounts_watermarkright")]
