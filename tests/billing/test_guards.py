"""The database refuses what the code never asks for."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User, Workspace
from billing.integrity import ERRORS, broken_rule
from billing.models import Entry, PaymentEvent, Plan, SignupGrant, Wallet
from billing.operations import charge, grant, record_purchase, refund, start_subscription
from tests.billing.books import stored, wallet_of
from tests.billing.tampering import guards_off

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


@pytest.fixture
def ada(ada):
    grant(workspace=ada, amount=100, balance="regular")
    grant(workspace=ada, amount=50, idempotency_key="a click")
    charge(workspace=ada, amount=30, job_id="a speech")
    record_purchase(workspace=ada, credits=10, external_reference="invoice 1")
    return ada


def refused(rule: str):
    """Expect that the database refuses, and that it names this rule."""
    return _Refused(rule)


class _Refused:
    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self._savepoint.__enter__()

    def __exit__(self, kind, error, trace) -> bool:
        self._savepoint.__exit__(kind, error, trace)
        assert isinstance(error, IntegrityError), f"{self._rule} let it through: {error!r}"
        assert broken_rule(error) == self._rule
        return True


def sql(statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def an_entry(workspace, **changes: object) -> Entry:
    """Return the entry that would come next, not yet written."""
    wallet = wallet_of(workspace)
    fields = {
        "kind": "grant",
        "regular": 0,
        "permanent": 1,
        "period": wallet.period,
        "actor": "mallory",
        **changes,
    }
    return Entry(
        **{
            "wallet": wallet,
            "sequence": wallet.sequence + 1,
            "regular_after": wallet.regular + fields["regular"],
            "permanent_after": wallet.permanent + fields["permanent"],
            **fields,
        }
    )


# ------------------------------------------------------------------ written once


def test_an_entry_cannot_be_updated(ada):
    with refused("billing_entry_append_only"):
        Entry.objects.update(actor="mallory")
    with refused("billing_entry_append_only"):
        sql("UPDATE billing_entry SET permanent = permanent + 1")


def test_an_entry_cannot_be_deleted(ada):
    with refused("billing_entry_append_only"):
        Entry.objects.all().delete()
    with refused("billing_entry_append_only"):
        sql("DELETE FROM billing_entry WHERE kind = 'charge'")


def test_a_payment_event_can_be_neither_updated_nor_deleted(ada):
    with refused("billing_paymentevent_append_only"):
        PaymentEvent.objects.update(reference="free again")
    with refused("billing_paymentevent_append_only"):
        sql("DELETE FROM billing_paymentevent")


def test_a_closed_workspace_is_charged_nothing_more_and_refunded_what_it_was(ada):
    Workspace.objects.filter(pk=ada.pk).update(closed_at=timezone.now())
    with refused("billing_entry_workspace_open"):
        an_entry(ada, kind="charge", job_id="another", permanent=-1).save(force_insert=True)
    assert refund(workspace=ada, job_id="a speech") == 30


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize(
    ("tables", "rule"),
    [
        ("billing_entry CASCADE", "billing_entry_append_only"),
        ("billing_wallet CASCADE", "billing_entry_append_only"),
        ("billing_paymentevent", "billing_paymentevent_append_only"),
    ],
)
def test_nothing_can_be_truncated(ada, tables, rule):
    # Rows written in this transaction would have PostgreSQL refuse for another reason.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with refused(rule):
        sql(f"TRUNCATE {tables}")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows")
@pytest.mark.parametrize(
    ("same", "rule"),
    [
        ({"pk": None}, "billing_entry_chain"),
        ({"kind": "charge", "job_id": "a speech", "permanent": -1},
         "billing_entry_one_charge_per_job"),
        ({"idempotency_key": "grant:a click"}, "billing_entry_idempotency_unique"),
    ],
)  # fmt: skip
def test_no_entry_can_be_replaced(ada, same, rule):
    before = list(Entry.objects.values())
    entry = an_entry(ada, **{key: value for key, value in same.items() if key != "pk"})
    row = {field.column: getattr(entry, field.attname) for field in Entry._meta.fields}
    if "pk" in same:
        row["id"] = before[0]["id"]
    columns, holes = ", ".join(row), ", ".join(["%s"] * len(row))
    with refused(rule):
        sql(f"INSERT OR REPLACE INTO billing_entry ({columns}) VALUES ({holes})", *row.values())
    assert list(Entry.objects.values()) == before


# ------------------------------------------------------------------ the chain


def test_an_entry_moves_its_wallet_even_if_it_came_another_way(ada):
    assert stored(ada) == (70, 60)
    an_entry(ada, permanent=5).save()
    assert stored(ada) == (70, 65)
    assert wallet_of(ada).sequence == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"sequence": 4},
        {"sequence": 6},
        {"permanent_after": 62},
        {"regular_after": 71},
        {"permanent_after": 1_000_000},
    ],
)
def test_an_entry_must_continue_its_wallet(ada, wrong):
    with refused("billing_entry_chain"):
        an_entry(ada, **wrong).save()
    with refused("billing_entry_chain"):
        Entry.objects.bulk_create([an_entry(ada, **wrong)])


def test_an_entry_cannot_continue_another_wallet(ada, grace):
    with refused("billing_entry_chain"):
        an_entry(ada, wallet=wallet_of(grace)).save()


@pytest.mark.parametrize(
    "change",
    ["regular = regular + 1", "permanent = permanent + 1", "regular = 0", "sequence = 9",
     "sequence = sequence + 1", "sequence = sequence - 1",
     "sequence = sequence + 1, permanent = permanent + 1"],
)  # fmt: skip
def test_a_balance_does_not_change_without_an_entry(ada, change):
    with refused("billing_wallet_by_entry"):
        sql(f"UPDATE billing_wallet SET {change}")
    assert stored(ada) == (70, 60)


def test_a_balance_does_not_change_by_the_model_without_an_entry(ada):
    with refused("billing_wallet_by_entry"):
        Wallet.objects.filter(workspace=ada).update(permanent=1_000_000)


def test_a_wallet_cannot_open_with_credits_in_it(ada):
    with refused("billing_wallet_by_entry"):
        sql(
            "INSERT INTO billing_wallet"
            " (workspace_id, regular, permanent, sequence, ends_at_reset, created_at)"
            " VALUES (%s, 0, 5, 0, %s, %s)",
            "nobody",
            False,
            timezone.now(),
        )


def test_a_wallet_stays_with_its_workspace(ada):
    mallory = Workspace.objects.create(name="Mallory")
    with refused("billing_wallet_stays"):
        Wallet.objects.filter(workspace=ada).update(workspace=mallory)


def test_a_wallet_with_entries_cannot_be_deleted(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_wallets()
    assert stored(ada) == (70, 60)


def delete_wallets() -> None:
    sql("DELETE FROM billing_wallet")
    connection.check_constraints()


@pytest.mark.parametrize(
    "rule",
    ["billing_wallet_regular_not_negative", "billing_wallet_permanent_not_negative"],
)
def test_a_balance_is_not_negative_even_where_no_trigger_looks(ada, rule):
    with guards_off(), refused(rule):
        Wallet.objects.update(**{rule.split("_")[2]: -1})


def test_a_place_in_the_chain_is_taken_once_even_where_no_trigger_looks(ada):
    with guards_off(), transaction.atomic(), pytest.raises(IntegrityError) as error:
        an_entry(ada, sequence=4).save()
    assert broken_rule(error.value) in {
        "billing_entry_sequence_unique",
        "billing_entry.wallet_id, billing_entry.sequence",
    }


# ------------------------------------------------------------------ entries by their kind

TAKEN = {"kind": "adjust", "permanent": 0, "reason": "charged back"}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({**TAKEN, "regular": -71}, "billing_entry_balances_not_negative"),
        ({**TAKEN, "permanent": -61}, "billing_entry_balances_not_negative"),
        ({**TAKEN, "permanent": 1}, "billing_entry_adjustment_takes_back"),
        ({**TAKEN, "regular": 1, "permanent": -1}, "billing_entry_adjustment_takes_back"),
        ({**TAKEN, "permanent": -1, "reason": ""}, "billing_entry_adjustment_takes_back"),
        ({**TAKEN, "permanent": -1, "reason": "  "}, "billing_entry_adjustment_takes_back"),
        ({"permanent": 0}, "billing_entry_moves_something"),
        ({"kind": "grant", "permanent": -1}, "billing_entry_sign_fits_kind"),
        ({"kind": "purchase", "permanent": -1}, "billing_entry_sign_fits_kind"),
        ({"kind": "lapse", "permanent": 0, "regular": 1}, "billing_entry_sign_fits_kind"),
        ({"kind": "charge", "job_id": "x", "permanent": 1}, "billing_entry_sign_fits_kind"),
        ({"kind": "gift"}, "billing_entry_sign_fits_kind"),
        ({"kind": "charge", "permanent": -1}, "billing_entry_charge_names_its_job"),
        ({"kind": "purchase", "permanent": 0, "regular": 1}, "billing_entry_moves_its_balance"),
        ({"kind": "lapse", "permanent": -1}, "billing_entry_moves_its_balance"),
        ({"kind": "reset", "permanent": 0, "regular": 1, "period": None},
         "billing_entry_regular_has_a_period"),
        ({"kind": "charge", "job_id": "x", "permanent": 0, "regular": -1, "period": None},
         "billing_entry_regular_has_a_period"),
        ({"kind": "charge", "job_id": "a speech", "permanent": -1},
         "billing_entry_one_charge_per_job"),
        ({"idempotency_key": "grant:a click"}, "billing_entry_idempotency_unique"),
        ({"kind": "refund", "job_id": "another"}, "billing_entry_refund_within_charge"),
        ({"kind": "refund", "job_id": "a speech"}, "billing_entry_refund_within_charge"),
        ({"kind": "refund", "job_id": "a speech", "permanent": 0, "regular": 31},
         "billing_entry_refund_within_charge"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_refused(ada, wrong, rule):
    with refused(rule):
        an_entry(ada, **wrong).save()
    assert stored(ada) == (70, 60)


def test_a_job_has_one_refund(ada):
    refund = {"kind": "refund", "job_id": "a speech", "permanent": 0, "regular": 10}
    an_entry(ada, **refund).save()
    with refused("billing_entry_one_refund_per_job"):
        an_entry(ada, **refund).save()


def test_a_charge_cannot_be_refunded_to_another_wallet(ada, grace):
    grant(workspace=grace, amount=5, balance="regular")
    with refused("billing_entry_refund_within_charge"):
        an_entry(grace, kind="refund", job_id="a speech", permanent=0, regular=30).save()


def test_a_period_has_one_reset(ada, maker):
    start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    with refused("billing_entry_one_reset_per_period"):
        an_entry(ada, kind="reset", permanent=0, regular=1000).save()


# ------------------------------------------------------------------ wallets, plans, events


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"anchored_at": None}, "billing_wallet_reset_has_an_anchor"),
        ({"resets_at": None}, "billing_wallet_plan_has_a_period"),
        ({"plan": None, "ends_at_reset": True}, "billing_wallet_one_change_of_plan"),
    ],
)
def test_a_wallet_whose_terms_cannot_be_is_refused(ada, maker, change, rule):
    start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    with refused(rule):
        Wallet.objects.update(**change)


def test_a_subscription_cannot_both_change_and_end(ada, maker):
    start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    with refused("billing_wallet_one_change_of_plan"):
        Wallet.objects.update(next_plan=maker, ends_at_reset=True)
    with refused("billing_wallet_one_change_of_plan"):
        Wallet.objects.update(next_plan=maker, plan=None)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"monthly_credits": 10**13}, "billing_plan_credits_bounded"),
        ({"submissions_per_minute": 0}, "billing_plan_limits_at_least_one"),
        ({"polls_per_minute": 0}, "billing_plan_limits_at_least_one"),
        ({"concurrent_jobs": 0}, "billing_plan_limits_at_least_one"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(maker, change, rule):
    with refused(rule):
        Plan.objects.update(**change)


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        ({"reference": "invoice 1"}, "billing_paymentevent_reference_once"),
        ({"reference": ""}, "billing_paymentevent_has_a_reference"),
        ({"credits": None}, "billing_paymentevent_fits_its_kind"),
        ({"credits": 0}, "billing_paymentevent_fits_its_kind"),
        ({"kind": "ended"}, "billing_paymentevent_fits_its_kind"),
        ({"kind": "started", "credits": None}, "billing_paymentevent_fits_its_kind"),
        ({"kind": "stolen"}, "billing_paymentevent_fits_its_kind"),
    ],
)
def test_a_payment_event_that_cannot_be_is_refused(ada, grace, event, rule):
    usual = {"reference": "invoice 2", "kind": "purchased", "credits": 10, "actor": "mallory"}
    with refused(rule):
        PaymentEvent.objects.create(**{"wallet": wallet_of(grace), **usual, **event})


# ------------------------------------------------------------------ sign-up credits


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ({"address_hash": "h2", "gave_credits": True}, "billing_signupgrant_one_per_person"),
        ({"address_hash": "h1", "gave_credits": False}, "billing_signupgrant_one_per_address"),
    ],
)
def test_a_person_and_an_address_are_given_sign_up_credits_once(db, second, rule):
    person = User.objects.create_user("ada@example.com")
    SignupGrant.objects.create(person=person, address_hash="h1", gave_credits=True)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        SignupGrant.objects.create(person=person, **second)
    assert broken_rule(error.value) in {
        rule,
        "billing_signupgrant.person_id",
        "billing_signupgrant.address_hash",
    }


# ------------------------------------------------------------------ the names


def test_every_rule_that_has_an_error_of_ours_is_a_rule_of_the_database():
    named = {
        constraint.name
        for model in (Entry, PaymentEvent, Plan, Wallet)
        for constraint in model._meta.constraints
    }
    assert set(ERRORS) - named == {"billing_entry_chain", "billing_entry_workspace_open"}


def test_every_rule_is_tried_here():
    text = Path(__file__).read_text()
    untried = {
        constraint.name
        for model in (Entry, PaymentEvent, Plan, SignupGrant, Wallet)
        for constraint in model._meta.constraints
        if f'"{constraint.name}"' not in text
    }
    assert untried == set()
