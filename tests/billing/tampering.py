"""What somebody could do to the ledger who may switch its guards off."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("billing_wallet", "billing_entry", "billing_paymentevent")


@contextmanager
def guards_off() -> Iterator[None]:
    """Run the block without the triggers; they stand again after it, however it ends."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")  # else a table may not be altered yet
        for table in TABLES:
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield
        finally:
            for table in TABLES:
                run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'billing_%%'",
            [],
        )
        triggers = cursor.fetchall()
    for name, _sql in triggers:
        run(f"DROP TRIGGER {name}")
    try:
        yield
    finally:
        for _name, sql in triggers:
            run(sql)


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
