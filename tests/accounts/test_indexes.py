import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from accounts.indexes import AddIndexConcurrently

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.anydb]

NAME = "accounts_workspace_by_name"


@pytest.fixture
def operation():
    yield AddIndexConcurrently("workspace", models.Index(fields=["name"], name=NAME))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {NAME}")


def apply(operation: AddIndexConcurrently) -> list[str]:
    """Apply an operation as a migration that is not atomic does; returns the statements."""
    before = ProjectState.from_apps(apps)
    after = before.clone()
    operation.state_forwards("accounts", after)
    editing = connection.schema_editor(atomic=False)
    with CaptureQueriesContext(connection) as queries, editing as editor:
        operation.database_forwards("accounts", editor, before, after)
    return [query["sql"] for query in queries]


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "accounts_workspace"))


def test_the_index_is_made(operation):
    apply(operation)
    assert NAME in indexes()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="what PostgreSQL alone can do")
def test_it_is_made_without_stopping_writers(operation):
    made = [sql for sql in apply(operation) if sql.startswith("CREATE INDEX")]
    assert made
    assert all(sql.startswith("CREATE INDEX CONCURRENTLY") for sql in made)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="what PostgreSQL alone can do")
def test_what_an_interrupted_attempt_left_is_made_anew(operation):
    apply(operation)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [NAME]
        )
    apply(operation)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [NAME])
        assert cursor.fetchone() == (True,)
