"""Many rows of a table, made from one of them by the database."""

from django.db import connection
from django.db.models import Model


def multiply(row: Model, times: int, **changed: str) -> None:
    """Insert ``times`` copies of a saved row into its table.

    ``changed`` gives fields another value, as SQL in which ``n`` counts from 1; the primary key
    must be among them unless it numbers itself.
    """
    columns: dict[str, str] = {}
    for field in row._meta.concrete_fields:
        if field.name in changed:
            columns[field.column] = changed.pop(field.name).replace("%", "%%")
        elif not (field.primary_key and field.get_internal_type() == "BigAutoField"):
            columns[field.column] = f'kept."{field.column}"'
    assert not changed, f"no such fields: {sorted(changed)}"
    table, key = row._meta.db_table, row._meta.pk.column
    numbers = (
        f"generate_series(1, {times}) AS numbers(n)"
        if connection.vendor == "postgresql"
        else f"(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers"
        f" WHERE n < {times}) SELECT n FROM numbers) AS numbers"
    )
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(columns.values())}'
            f' FROM "{table}" AS kept, {numbers} WHERE kept."{key}" = %s',
            [row._meta.pk.get_db_prep_value(row.pk, connection)],
        )


def analyze() -> None:
    """Have the database look at how its tables are filled."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
