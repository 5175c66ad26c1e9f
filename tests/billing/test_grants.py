import pytest
from django.db import transaction

from accounts.transactions import TransactionRequiredError
from billing.errors import IdempotencyConflictError
from billing.ledger import Parts, append, lock_wallet
from billing.models import Entry, EntryKind, EntryNote
from billing.operations import (
    change_plan,
    charge,
    grant,
    record_purchase,
    start_subscription,
)
from tests.billing.books import balance, story, wallet_of
from tests.billing.conftest import make_workspace

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def test_a_new_workspace_has_an_empty_wallet(ada):
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


@pytest.mark.parametrize("kind", ["purchased", "started", "changed", "signup", "adjust"])
def test_a_grants_key_and_a_payments_reference_never_meet(ada, kind):
    granted = grant(workspace=ada, amount=5, idempotency_key=f"{kind}:invoice 1")
    bought = record_purchase(workspace=ada, credits=5, external_reference="invoice 1")
    assert granted != bought
    assert record_purchase(workspace=ada, credits=5, external_reference="invoice 1") == bought
    assert grant(workspace=ada, amount=5, idempotency_key=f"{kind}:invoice 1") == granted
    assert balance(ada) == (0, 10)


def test_what_a_change_of_plan_granted_is_no_callers_grant(ada, maker, studio):
    start_subscription(workspace=ada, plan=maker, external_reference="sub")
    change_plan(workspace=ada, plan=studio, external_reference="up")
    more = grant(workspace=ada, amount=4000, balance="regular", idempotency_key="changed:up")
    assert balance(ada) == (9000, 0)
    assert more.idempotency_key == "grant:changed:up"


def test_a_key_of_a_grant_from_before_the_namespaces_still_counts(ada):
    known = append(lock_wallet(ada), EntryKind.GRANT, Parts(permanent=5), idempotency_key="a click")
    assert grant(workspace=ada, amount=5, idempotency_key="a click") == known
    with pytest.raises(IdempotencyConflictError):
        grant(workspace=ada, amount=6, idempotency_key="a click")
    assert balance(ada) == (0, 5)


@pytest.mark.parametrize("key", ["", "k" * 241])
def test_a_key_that_would_not_fit_is_refused(ada, key):
    with pytest.raises(ValueError, match="240"):
        grant(workspace=ada, amount=5, idempotency_key=key)
    assert story(ada) == []


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
