"""Triggers on the job tables, added by the migrations of each job's app.

``final_stands`` keeps a job's end final and its attempt growing. ``counted`` keeps the numbers of
queued and running jobs in the workspace's ``TenantQueue`` row.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from django.db.migrations import RunPython

_FINAL = "('COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT')"

_FINAL_STANDS_POSTGRESQL = """
CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{table}: a final state stands, and attempts only grow'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{table}_final_stands';
END $$;
CREATE TRIGGER {table}_final_stands BEFORE UPDATE ON {table} FOR EACH ROW
WHEN ((OLD.state IN {final} AND NEW.state <> OLD.state) OR NEW.attempt < OLD.attempt)
EXECUTE FUNCTION {table}_refuse();
"""

_FINAL_STANDS_SQLITE = """
DROP TRIGGER IF EXISTS {table}_final_stands;
CREATE TRIGGER {table}_final_stands BEFORE UPDATE ON {table}
WHEN (OLD.state IN {final} AND NEW.state <> OLD.state) OR NEW.attempt < OLD.attempt
BEGIN SELECT RAISE(ABORT, '{table}_final_stands'); END;
"""

_COUNTED_POSTGRESQL = """
CREATE OR REPLACE FUNCTION inference_count_job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    more_queued integer := 0;
    more_running integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        more_queued := -(OLD.state = 'QUEUED' AND OLD.is_ready)::integer;
        more_running := -(OLD.state = 'RUNNING')::integer;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE inference_tenantqueue
        SET queued = GREATEST(queued + more_queued, 0),
            running = GREATEST(running + more_running, 0)
        WHERE workspace_id = OLD.workspace_id AND (more_queued <> 0 OR more_running <> 0);
        RETURN NULL;
    END IF;
    more_queued := more_queued + (NEW.state = 'QUEUED' AND NEW.is_ready)::integer;
    more_running := more_running + (NEW.state = 'RUNNING')::integer;
    IF NEW.workspace_id IS NOT NULL AND (more_queued <> 0 OR more_running <> 0) THEN
        INSERT INTO inference_tenantqueue AS q (workspace_id, queued, running)
        VALUES (NEW.workspace_id, GREATEST(more_queued, 0), GREATEST(more_running, 0))
        ON CONFLICT (workspace_id) DO UPDATE
        SET queued = GREATEST(q.queued + more_queued, 0),
            running = GREATEST(q.running + more_running, 0);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {table}_counted
AFTER INSERT OR DELETE OR UPDATE OF state, is_ready ON {table}
FOR EACH ROW EXECUTE FUNCTION inference_count_job();
"""

_COUNTED_SQLITE = """
DROP TRIGGER IF EXISTS {table}_counted_insert;
CREATE TRIGGER {table}_counted_insert AFTER INSERT ON {table}
WHEN NEW.workspace_id IS NOT NULL
    AND ((NEW.state = 'QUEUED' AND NEW.is_ready) OR NEW.state = 'RUNNING')
BEGIN
    INSERT INTO inference_tenantqueue (workspace_id, queued, running)
    VALUES (NEW.workspace_id, NEW.state = 'QUEUED' AND NEW.is_ready, NEW.state = 'RUNNING')
    ON CONFLICT (workspace_id) DO UPDATE
    SET queued = queued + excluded.queued, running = running + excluded.running;
END;
DROP TRIGGER IF EXISTS {table}_counted_update;
CREATE TRIGGER {table}_counted_update AFTER UPDATE OF state, is_ready ON {table}
WHEN NEW.workspace_id IS NOT NULL AND (OLD.state <> NEW.state OR OLD.is_ready <> NEW.is_ready)
BEGIN
    INSERT INTO inference_tenantqueue (workspace_id, queued, running)
    VALUES (NEW.workspace_id, 0, 0) ON CONFLICT (workspace_id) DO NOTHING;
    UPDATE inference_tenantqueue
    SET queued = MAX(queued + (NEW.state = 'QUEUED' AND NEW.is_ready)
                            - (OLD.state = 'QUEUED' AND OLD.is_ready), 0),
        running = MAX(running + (NEW.state = 'RUNNING') - (OLD.state = 'RUNNING'), 0)
    WHERE workspace_id = NEW.workspace_id;
END;
DROP TRIGGER IF EXISTS {table}_counted_delete;
CREATE TRIGGER {table}_counted_delete AFTER DELETE ON {table}
WHEN (OLD.state = 'QUEUED' AND OLD.is_ready) OR OLD.state = 'RUNNING'
BEGIN
    UPDATE inference_tenantqueue
    SET queued = MAX(queued - (OLD.state = 'QUEUED' AND OLD.is_ready), 0),
        running = MAX(running - (OLD.state = 'RUNNING'), 0)
    WHERE workspace_id = OLD.workspace_id;
END;
"""

_COUNT_PRESENT = """
INSERT INTO inference_tenantqueue (workspace_id, queued, running)
SELECT workspace_id,
       SUM(CASE WHEN state = 'QUEUED' AND is_ready THEN 1 ELSE 0 END),
       SUM(CASE WHEN state = 'RUNNING' THEN 1 ELSE 0 END)
FROM {table} WHERE state IN ('QUEUED', 'RUNNING') AND workspace_id IS NOT NULL
GROUP BY workspace_id
ON CONFLICT (workspace_id) DO UPDATE
SET queued = inference_tenantqueue.queued + excluded.queued,
    running = inference_tenantqueue.running + excluded.running;
"""


_UNCOUNT = """
UPDATE inference_tenantqueue
SET queued = queued - (SELECT COUNT(*) FROM {table} j
        WHERE j.workspace_id = inference_tenantqueue.workspace_id
        AND j.state = 'QUEUED' AND j.is_ready),
    running = running - (SELECT COUNT(*) FROM {table} j
        WHERE j.workspace_id = inference_tenantqueue.workspace_id AND j.state = 'RUNNING');
"""

_NOT_COUNTED_POSTGRESQL = _UNCOUNT + "DROP TRIGGER {table}_counted ON {table};"

_NOT_COUNTED_SQLITE = (
    _UNCOUNT
    + """
DROP TRIGGER IF EXISTS {table}_counted_insert;
DROP TRIGGER IF EXISTS {table}_counted_update;
DROP TRIGGER IF EXISTS {table}_counted_delete;
"""
)


def run_sql(statements: dict[str, str]) -> Callable[[Any, Any], None]:
    """Return a migration step that runs the SQL of the database in use, in its transaction."""

    def forwards(_apps: Any, schema_editor: Any) -> None:
        run_statements(schema_editor.connection, statements[schema_editor.connection.vendor])

    return forwards


def run_statements(connection: Any, sql: str) -> None:
    """Run several statements within the open transaction.

    SQLite's driver takes one statement at a time; its ``executescript`` would end the transaction.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(sql)
            return
        statement = ""
        for line in sql.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                cursor.execute(statement)
                statement = ""


def guard_job_table(table: str) -> RunPython:
    """Return the operation that has ``table`` keep the ends of its jobs."""
    return _operation(
        {"postgresql": _FINAL_STANDS_POSTGRESQL, "sqlite": _FINAL_STANDS_SQLITE}, table
    )


def count_job_table(table: str) -> RunPython:
    """Return the operation that counts the jobs of ``table`` by workspace from now on."""
    return _operation(
        {
            "postgresql": _COUNTED_POSTGRESQL + _COUNT_PRESENT,
            "sqlite": _COUNTED_SQLITE + _COUNT_PRESENT,
        },
        table,
        undo={"postgresql": _NOT_COUNTED_POSTGRESQL, "sqlite": _NOT_COUNTED_SQLITE},
    )


def guard_rebuilt_job_table(table: str, *, is_counted: bool = False) -> RunPython:
    """Return the operation that guards ``table`` anew after changes to its columns.

    SQLite makes them by building the table anew, and the triggers go with the old one.
    ``is_counted`` is for migrations after the one that called :func:`count_job_table`.
    """
    counted = _COUNTED_SQLITE if is_counted else ""
    return _operation({"postgresql": "SELECT 1", "sqlite": _FINAL_STANDS_SQLITE + counted}, table)


def _operation(
    statements: dict[str, str], table: str, *, undo: dict[str, str] | None = None
) -> RunPython:
    backwards = RunPython.noop if undo is None else run_sql(_filled(undo, table))
    return RunPython(run_sql(_filled(statements, table)), backwards)


def _filled(statements: dict[str, str], table: str) -> dict[str, str]:
    return {vendor: sql.format(table=table, final=_FINAL) for vendor, sql in statements.items()}
