import pytest
from django.db import IntegrityError, connection, transaction

from accounts.operations import create_workspace
from billing.models import Entry, Wallet
from billing.operations import grant
from voices.models import Voice

pytestmark = [pytest.mark.anydb, pytest.mark.django_db(transaction=True)]


def grant_to_ada() -> None:
    with transaction.atomic():
        grant(workspace=create_workspace(name="Ada"), amount=100)


def guards() -> set[str]:
    query = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_committed_is_gone_before_the_next(time):
    assert Entry.objects.count() == Wallet.objects.count() == 0
    grant_to_ada()
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("time", ["first", "second"])
def test_the_guards_stand_during_each_test(time):
    grant_to_ada()
    assert any(name.startswith("billing_entry_append_only") for name in guards())
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.update(permanent=0)


@pytest.mark.parametrize("time", ["first", "second"])
def test_the_system_voices_are_there_in_each_test(time):
    assert Voice.objects.count() == 37
    Voice.objects.all().delete()
