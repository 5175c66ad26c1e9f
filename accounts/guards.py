"""Triggers for tables whose rows are written once; added by the migrations of any app."""

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


def append_only(table: str) -> RunPython:
    """Return the migration operation that lets ``table`` be added to and nothing else."""

    def running(statements: Mapping[str, tuple[str, ...]]) -> Callable[[Any, Any], None]:
        def run(_apps: Any, schema_editor: Any) -> None:
            for statement in statements[schema_editor.connection.vendor]:
                schema_editor.execute(statement.format(table=table), params=None)

        return run

    return RunPython(running(_UP), running(_DOWN))
