"""Triggers that the migrations of any app may add to its tables.

:func:`append_only` is for rows that are written once, :func:`open_workspaces_only` for rows of a
tenant, which a closed workspace may not get any more.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.migrations import RunPython

_UP = {
    "postgresql": (
        """
        CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{table} is append-only' USING
                ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{table}_append_only';
        END $$
        """,
        """
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_refuse()
        """,
        """
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()
        """,
    ),
    "sqlite": (
        """
        CREATE TRIGGER {table}_append_only_update BEFORE UPDATE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table}_append_only'); END
        """,
        """
        CREATE TRIGGER {table}_append_only_delete BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, '{table}_append_only'); END
        """,
        # INSERT OR REPLACE removes a row without asking the other triggers.
        """
        CREATE TRIGGER {table}_append_only_replace BEFORE INSERT ON {table}
        WHEN EXISTS (SELECT 1 FROM {table} t WHERE t.id = NEW.id)
        BEGIN SELECT RAISE(ABORT, '{table}_append_only'); END
        """,
    ),
}
_DOWN = {
    "postgresql": ("DROP FUNCTION {table}_refuse() CASCADE",),
    "sqlite": (
        "DROP TRIGGER {table}_append_only_update",
        "DROP TRIGGER {table}_append_only_delete",
        "DROP TRIGGER {table}_append_only_replace",
    ),
}


_OPEN_UP = {
    "postgresql": (
        # FOR SHARE waits for a transaction that is closing the workspace, and then sees it closed.
        """
        CREATE OR REPLACE FUNCTION {table}_check_open() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.workspace_id IS NOT NULL THEN
                PERFORM 1 FROM accounts_workspace
                    WHERE id = NEW.workspace_id AND closed_at IS NULL FOR SHARE;
                IF NOT FOUND THEN
                    RAISE EXCEPTION '{table}: the workspace is closed' USING
                        ERRCODE = 'integrity_constraint_violation',
                        CONSTRAINT = '{table}_workspace_open';
                END IF;
            END IF;
            RETURN NEW;
        END $$
        """,
        """
        CREATE OR REPLACE TRIGGER {table}_workspace_open BEFORE INSERT ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_check_open()
        """,
    ),
    "sqlite": (
        "DROP TRIGGER IF EXISTS {table}_workspace_open",
        """
        CREATE TRIGGER {table}_workspace_open BEFORE INSERT ON {table}
        WHEN EXISTS (
            SELECT 1 FROM accounts_workspace w
            WHERE w.id = NEW.workspace_id AND w.closed_at IS NOT NULL
        )
        BEGIN SELECT RAISE(ABORT, '{table}_workspace_open'); END
        """,
    ),
}
_OPEN_DOWN = {
    "postgresql": ("DROP FUNCTION IF EXISTS {table}_check_open() CASCADE",),
    "sqlite": ("DROP TRIGGER IF EXISTS {table}_workspace_open",),
}


def append_only(table: str) -> RunPython:
    """Return the migration operation that lets ``table`` be added to and nothing else."""
    return RunPython(_running(_UP, table), _running(_DOWN, table))


def open_workspaces_only(table: str) -> RunPython:
    """Return the operation that refuses new rows of closed workspaces in ``table``.

    SQLite changes a table's constraints by building it anew, and its triggers go with the old
    one: a migration that does so ends with this operation. One that builds
    ``accounts_workspace`` anew has to drop these triggers first, since they name it.
    """
    return RunPython(_running(_OPEN_UP, table), _running(_OPEN_DOWN, table))


def _running(statements: Mapping[str, tuple[str, ...]], table: str) -> Callable[[Any, Any], None]:
    def run(_apps: Any, schema_editor: Any) -> None:
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement.format(table=table), params=None)

    return run
