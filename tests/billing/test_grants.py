import pytest
from django.db import transaction

from accounts.transactions import TransactionRequiredError
from billing.errors import IdempotencyConflictError
from billing.models import Entry, EntryNote
from billing.operations import charge, grant, record_purchase
from tests.billing.books import balance, story, wallet_of
from tests.billing.conftest import make_workspace

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def test_a_new_workspace_gets_the_sign_up_credits_for_good(settings):
    settings.SIGNUP_CREDITS = 1000
    assert story(make_workspace("Ada")) == [("grant", 0, 1000)]


def test_without_sign_up_credits_a_new_workspace_has_an_empty_wallet(ada):
    assert balance(ada) == (0, 0)
    assert story(ada) == []


def test_permanent_credits_outlive_every_period(ada, clock):
    grant(workspace=ada, amount=50)
    clock.pass_(days=4000)
    assert balance(ada) == (0, 50)


def test_regular_credits_without_a_plan_live_a_month(ada, clock):
    clock.set(2026, 1, 31)
    grant(workspace=ada, amount=50, balance="regular")
    clock.set(2026, 2, 28, 9, 29)
    assert balance(ada) == (50, 0)
    clock.pass_(minutes=1)
    assert balance(ada) == (0, 0)
    grant(workspace=ada, amount=1)
    assert story(ada) == [("grant", 50, 0), ("lapse", -50, 0), ("grant", 0, 1)]
    assert wallet_of(ada).resets_at is None


def test_regular_credits_granted_later_join_the_running_month(ada, clock):
    grant(workspace=ada, amount=50, balance="regular")
    clock.pass_(days=20)
    grant(workspace=ada, amount=7, balance="regular")
    clock.pass_(days=12)
    assert balance(ada) == (0, 0)


def test_a_grant_after_the_month_opens_a_new_one(ada, clock):
    grant(workspace=ada, amount=50, balance="regular")
    clock.pass_(days=40)
    grant(workspace=ada, amount=7, balance="regular")
    clock.pass_(days=27)
    assert balance(ada) == (7, 0)


def test_a_grant_tells_who_made_it_and_why(ada):
    entry = grant(workspace=ada, amount=5, actor="user:7", reason="A late delivery")
    assert entry.actor == "user:7"
    assert EntryNote.objects.get(entry=entry).text == "A late delivery"


def test_why_a_grant_was_made_can_be_erased(ada):
    entry = grant(workspace=ada, amount=5, reason="Ada was ill")
    EntryNote.objects.filter(entry=entry).delete()
    assert Entry.objects.filter(pk=entry.pk).exists()


def test_the_same_key_grants_once(ada):
    first = grant(workspace=ada, amount=5, idempotency_key="a click")
    assert grant(workspace=ada, amount=5, idempotency_key="a click") == first
    assert balance(ada) == (0, 5)


@pytest.mark.parametrize("other", [{"amount": 6}, {"amount": 5, "balance": "regular"}])
def test_the_same_key_for_another_grant_is_an_error(ada, other):
    grant(workspace=ada, amount=5, idempotency_key="a click")
    with pytest.raises(IdempotencyConflictError):
        grant(workspace=ada, idempotency_key="a click", **other)
    assert balance(ada) == (0, 5)


def test_a_key_under_which_credits_were_bought_grants_nothing(ada):
    bought = record_purchase(workspace=ada, credits=5, external_reference="invoice 1")
    with pytest.raises(IdempotencyConflictError):
        grant(workspace=ada, amount=5, idempotency_key=bought.idempotency_key)


def test_two_workspaces_may_use_the_same_key(ada, grace):
    for workspace in (ada, grace):
        grant(workspace=workspace, amount=5, idempotency_key="welcome")
        assert balance(workspace) == (0, 5)


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1])
def test_an_amount_that_is_no_movement_of_credits_is_refused(ada, amount):
    with pytest.raises(ValueError, match="amount"):
        grant(workspace=ada, amount=amount)
    with pytest.raises(ValueError, match="amount"):
        charge(workspace=ada, amount=amount, job_id="a speech")
    assert story(ada) == []


def test_a_balance_that_does_not_exist_is_refused(ada):
    with pytest.raises(ValueError, match="regular or permanent"):
        grant(workspace=ada, amount=5, balance="eternal")


def test_a_reason_that_would_not_fit_is_refused(ada):
    with pytest.raises(ValueError, match="500"):
        grant(workspace=ada, amount=5, reason="a" * 501)
    assert story(ada) == []


@pytest.mark.django_db(transaction=True)
def test_operations_need_a_transaction():
    ada = make_workspace("Ada")
    with pytest.raises(TransactionRequiredError):
        grant(workspace=ada, amount=5)
    with transaction.atomic():
        grant(workspace=ada, amount=5)
