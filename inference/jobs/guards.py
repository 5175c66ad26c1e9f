"""Triggers that keep a job's end final; added by the migrations of each job's app."""

from collections.abc import Callable
from typing import Any

from django.db.migrations import RunPython

_FINAL = "('COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT')"

_POSTGRESQL = """
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{table}: a final state stands, and attempts only grow'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{table}_final_stands';
END $$;
CREATE TRIGGER {table}_final_stands BEFORE UPDATE ON {table} FOR EACH ROW
WHEN ((OLD.state IN {final} AND NEW.state <> OLD.state) OR NEW.attempt < OLD.attempt)
EXECUTE FUNCTION {table}_refuse();
"""

_SQLITE = """
CREATE TRIGGER {table}_final_stands BEFORE UPDATE ON {table}
WHEN (OLD.state IN {final} AND NEW.state <> OLD.state) OR NEW.attempt < OLD.attempt
BEGIN SELECT RAISE(ABORT, '{table}_final_stands'); END;
"""


def run_sql(statements: dict[str, str]) -> Callable[[Any, Any], None]:
    """Return a migration step that runs the SQL of the database in use."""

    def forwards(_apps: Any, schema_editor: Any) -> None:
        sql = statements[schema_editor.connection.vendor]
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.connection.connection.executescript(sql)
        else:
            schema_editor.execute(sql, params=None)

    return forwards


def guard_rebuilt_job_table(table: str) -> RunPython:
    """Return the operation that guards ``table`` anew after changes to its constraints.

    SQLite makes them by building the table anew, and the triggers go with the old one.
    """
    return RunPython(
        run_sql(
            {
                "postgresql": "SELECT 1",
                "sqlite": f"DROP TRIGGER IF EXISTS {table}_final_stands;"
                + _SQLITE.format(table=table, final=_FINAL),
            }
        ),
        RunPython.noop,
    )


def guard_job_table(table: str) -> RunPython:
    """Return the migration operation that guards ``table``."""
    return RunPython(
        run_sql(
            {
                "postgresql": _POSTGRESQL.format(table=table, final=_FINAL),
                "sqlite": _SQLITE.format(table=table, final=_FINAL),
            }
        ),
        RunPython.noop,
    )
