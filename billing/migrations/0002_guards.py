from django.db import migrations

from billing.guards import run_sql_file


class Migration(migrations.Migration):
    """The triggers that make the ledger append-only and tie each balance to its entries."""

    dependencies = [("billing", "0001_initial")]

    operations = [run_sql_file("guards", undo="drop_guards")]
