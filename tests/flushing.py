"""Emptying the database between tests although triggers refuse it, as they do in earnest.

The triggers stand during a test. They step aside only for the statements with which Django
empties all tables after a test that committed, in the same transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations

_TRUNCATE = 32  # a bit of pg_trigger.tgtype


def let_flushes_through() -> None:
    """Have each flush of this process pass the guards. Calling it twice does no harm."""
    if BaseDatabaseOperations.execute_sql_flush is not _flush:
        BaseDatabaseOperations.execute_sql_flush = _flush


_execute_sql_flush = BaseDatabaseOperations.execute_sql_flush


def _flush(operations: Any, statements: list[str]) -> None:
    with unguarded(operations.connection):
        _execute_sql_flush(operations, statements)


@contextmanager
def unguarded(connection: Any) -> Iterator[None]:
    """Open a transaction in which tables may be emptied; the guards return as it ends."""
    aside = _aside_on_postgresql if connection.vendor == "postgresql" else _aside_on_sqlite
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        put_back = aside(cursor)
        yield
        for statement in put_back:
            cursor.execute(statement)


def _aside_on_postgresql(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgtype & %s > 0",
        [_TRUNCATE],
    )
    tables = [table for (table,) in cursor.fetchall()]
    for table in tables:  # the owner may do this; session_replication_role is a superuser's
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]


def _aside_on_sqlite(cursor: Any) -> list[str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    triggers = cursor.fetchall()
    for name, _sql in triggers:
        cursor.execute(f'DROP TRIGGER "{name}"')
    return [sql for _name, sql in triggers]
