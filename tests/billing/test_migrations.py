import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from billing.audit import audit
from billing.guards import GUARDS, missing_guards
from billing.models import Entry
from billing.operations import charge, grant
from tests.billing.books import stored
from tests.billing.conftest import make_workspace

pytestmark = [pytest.mark.anydb]


def migrate_to(migration: str) -> None:
    """Undo what came after this migration of billing, and what needs that."""
    MigrationExecutor(connection).migrate([("billing", migration)])


def migrate_fully() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.django_db
def test_all_guards_stand_after_all_migrations():
    assert missing_guards() == []


@pytest.mark.django_db
def test_every_trigger_on_a_table_of_ours_is_a_known_guard():
    query = {
        "postgresql": (
            "SELECT tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'billing_%%'"
        ),
        "sqlite": (
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'billing_%%'"
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor], [])
        assert {name for (name,) in cursor.fetchall()} == GUARDS[connection.vendor]


@pytest.mark.django_db(transaction=True)
def test_a_ledger_from_before_plans_is_kept_and_guarded():
    ada = make_workspace("Ada")
    with transaction.atomic():
        grant(workspace=ada, amount=100)
        charge(workspace=ada, amount=40, job_id="a speech")
    before = list(Entry.objects.order_by("pk").values())
    migrate_to("0003_grant_permission")
    try:
        with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("UPDATE billing_entry SET permanent = 0")
    finally:
        migrate_fully()
    assert missing_guards() == []
    assert list(Entry.objects.order_by("pk").values()) == before
    with transaction.atomic():
        charge(workspace=ada, amount=60, job_id="another speech")
    assert stored(ada) == (0, 0)
    assert list(audit()) == []


@pytest.mark.django_db(transaction=True)
def test_the_first_guards_can_be_taken_down_and_put_up():
    try:
        migrate_to("0001_initial")
        assert GUARDS[connection.vendor] & triggers() == set()
    finally:
        migrate_fully()
    assert missing_guards() == []


def triggers() -> set[str]:
    query = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor])
        return {name for (name,) in cursor.fetchall()}
