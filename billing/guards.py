"""The triggers that stand behind the ledger: putting them up, and knowing when one is gone."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations import RunPython

_SQL = Path(__file__).parent / "migrations" / "sql"

GUARDS = {
    "postgresql": {
        "billing_entry_append_only",
        "billing_entry_no_truncate",
        "billing_entry_chain",
        "billing_entry_moves_its_wallet",
        "billing_entry_workspace_open",
        "billing_wallet_by_entry",
        "billing_paymentevent_append_only",
        "billing_paymentevent_no_truncate",
        "billing_entry_adjustment_takes_back",
    },
    "sqlite": {
        "billing_entry_append_only_update",
        "billing_entry_append_only_delete",
        "billing_entry_one_charge_per_job",
        "billing_entry_one_refund_per_job",
        "billing_entry_idempotency_unique",
        "billing_entry_one_reset_per_period",
        "billing_entry_refund_within_charge",
        "billing_entry_chain",
        "billing_entry_moves_its_wallet",
        "billing_entry_workspace_open",
        "billing_wallet_opens_empty",
        "billing_wallet_by_entry",
        "billing_wallet_stays",
        "billing_paymentevent_append_only_update",
        "billing_paymentevent_append_only_delete",
        "billing_paymentevent_reference_once",
        "billing_entry_adjustment_takes_back",
    },
}
"""The names of the triggers that every migrated database has."""

_IN_FORCE = {
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    ),
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def missing_guards() -> list[str]:
    """Return the names of triggers that are not there or are switched off, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE[connection.vendor])
        in_force = {name for (name,) in cursor.fetchall()}
    return sorted(GUARDS[connection.vendor] - in_force)


def run_sql_file(name: str, *, undo: str) -> RunPython:
    """Return the migration operation that runs ``sql/{name}.{database}.sql``."""

    def running(name: str) -> Callable[[Any, Any], None]:
        def run(_apps: Any, schema_editor: Any) -> None:
            vendor = schema_editor.connection.vendor
            sql = (_SQL / f"{name}.{vendor}.sql").read_text()
            for statement in _statements(sql) if vendor == "sqlite" else [sql]:
                schema_editor.execute(statement, params=None)

        return run

    return RunPython(running(name), running(undo))


def _statements(sql: str) -> Iterator[str]:
    """Split SQL for SQLite, whose ``executescript`` would end the migration's transaction."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
