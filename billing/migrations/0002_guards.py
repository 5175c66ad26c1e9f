from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).parent / "sql"


def add_guards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    sql = (_SQL / f"guards.{vendor}.sql").read_text()
    if vendor == "sqlite":
        schema_editor.connection.connection.executescript(sql)
    else:
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    """The triggers that make the ledger append-only and tie each balance to its entries."""

    dependencies = [("billing", "0001_initial")]

    operations = [migrations.RunPython(add_guards, migrations.RunPython.noop)]
