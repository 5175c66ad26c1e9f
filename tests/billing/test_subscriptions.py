import pytest
from django.db import transaction

from billing.errors import (
    AlreadySubscribedError,
    NotSubscribedError,
    PlanNotOfferedError,
    ReferenceUsedError,
)
from billing.models import PaymentEvent
from billing.operations import (
    change_plan,
    charge,
    end_subscription,
    grant,
    record_purchase,
    reset,
    start_subscription,
)
from billing.queries import Limits, balance_of, limits_of, plans_on_offer
from tests.billing.books import balance, stored, story, wallet_of

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


@pytest.fixture
def on_maker(ada, maker, clock):
    """Ada, on the plan Maker since 31 January."""
    clock.set(2026, 1, 31)
    start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    return ada


def test_the_first_months_credits_come_at_once(on_maker):
    assert balance(on_maker) == (1000, 0)
    assert story(on_maker) == [("reset", 1000, 0)]


def test_each_month_the_rest_lapses_and_the_plans_credits_come(on_maker, clock):
    charge(workspace=on_maker, amount=300, job_id="a speech")
    clock.set(2026, 2, 28)
    assert balance(on_maker) == (1000, 0)
    assert stored(on_maker) == (700, 0)
    reset(workspace=on_maker)
    assert story(on_maker)[1:] == [("charge", -300, 0), ("lapse", -700, 0), ("reset", 1000, 0)]


def test_resets_stay_on_the_day_of_the_subscription(on_maker, clock):
    seen = []
    for month in range(2, 6):
        clock.set(2026, month, 15)
        seen.append(balance_of(on_maker).resets_at.day)
        reset(workspace=on_maker)
    assert seen == [28, 31, 30, 31]


def test_months_that_nobody_looked_at_give_one_reset(on_maker, clock):
    clock.set(2027, 1, 10)
    reset(workspace=on_maker)
    reset(workspace=on_maker)
    assert story(on_maker) == [("reset", 1000, 0), ("lapse", -1000, 0), ("reset", 1000, 0)]
    assert wallet_of(on_maker).resets_at.date().isoformat() == "2027-01-31"


def test_a_balance_read_is_what_a_charge_would_find(on_maker, clock):
    for days in (0, 20, 10, 40, 400):
        clock.pass_(days=days)
        seen = balance_of(on_maker)
        wallet = reset(workspace=on_maker)
        assert (seen.regular, seen.permanent) == (wallet.regular, wallet.permanent)
        assert seen.resets_at == wallet.resets_at


def test_a_subscription_takes_the_place_of_regular_credits_but_not_of_permanent_ones(ada, maker):
    grant(workspace=ada, amount=70, balance="regular")
    grant(workspace=ada, amount=30)
    start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    assert balance(ada) == (1000, 30)


def test_a_plan_without_credits_of_its_own_gives_none(ada, plan, clock):
    start_subscription(workspace=ada, plan=plan("Free", 0), external_reference="sub Ada")
    assert story(ada) == []
    clock.pass_(days=40)
    reset(workspace=ada)
    assert balance(ada) == (0, 0)
    assert wallet_of(ada).plan.name == "Free"


def test_who_has_a_plan_cannot_start_another(on_maker, studio):
    with pytest.raises(AlreadySubscribedError), transaction.atomic():
        start_subscription(workspace=on_maker, plan=studio, external_reference="sub 2")
    assert wallet_of(on_maker).plan.name == "Maker"
    assert not PaymentEvent.objects.filter(reference="sub 2").exists()


def test_a_plan_that_is_not_offered_cannot_be_chosen(ada, grace, maker, plan):
    old = plan("Old", 2000, active=False)
    with pytest.raises(PlanNotOfferedError), transaction.atomic():
        start_subscription(workspace=ada, plan=old, external_reference="sub Ada")
    start_subscription(workspace=grace, plan=maker, external_reference="sub Grace")
    with pytest.raises(PlanNotOfferedError), transaction.atomic():
        change_plan(workspace=grace, plan=old, external_reference="change Grace")
    assert balance(ada) == (0, 0)
    assert list(plans_on_offer()) == [maker]


def test_who_has_a_plan_that_is_no_longer_offered_keeps_it(on_maker, maker, clock):
    maker.active = False
    maker.save()
    clock.pass_(days=40)
    assert balance(on_maker) == (1000, 0)


# ------------------------------------------------------------------ changes


def test_an_upgrade_counts_at_once_and_grants_the_difference(on_maker, studio, clock):
    charge(workspace=on_maker, amount=300, job_id="a speech")
    before = wallet_of(on_maker).resets_at
    change_plan(workspace=on_maker, plan=studio, external_reference="up", actor="user:7")
    assert balance(on_maker) == (4700, 0)
    assert story(on_maker)[-1] == ("grant", 4000, 0)
    assert wallet_of(on_maker).resets_at == before
    clock.set(2026, 2, 28)
    assert balance(on_maker) == (5000, 0)


def test_a_downgrade_waits_for_the_reset(on_maker, plan, clock):
    change_plan(workspace=on_maker, plan=plan("Hobby", 200), external_reference="down")
    assert balance(on_maker) == (1000, 0)
    assert limits_of(on_maker)
    clock.set(2026, 2, 28)
    assert balance(on_maker) == (200, 0)
    reset(workspace=on_maker)
    assert stored(on_maker) == (200, 0)
    assert wallet_of(on_maker).plan.name == "Hobby"
    assert wallet_of(on_maker).next_plan is None


def test_a_plan_with_as_many_credits_counts_at_once(on_maker, plan):
    change_plan(workspace=on_maker, plan=plan("Twin", 1000), external_reference="twin")
    assert wallet_of(on_maker).plan.name == "Twin"
    assert story(on_maker) == [("reset", 1000, 0)]


def test_a_downgrade_that_waits_is_taken_back_by_choosing_the_present_plan(
    on_maker, maker, plan, clock
):
    change_plan(workspace=on_maker, plan=plan("Hobby", 200), external_reference="down")
    change_plan(workspace=on_maker, plan=maker, external_reference="stay")
    assert balance(on_maker) == (1000, 0)
    clock.pass_(days=40)
    assert balance(on_maker) == (1000, 0)


def test_going_down_and_up_again_gains_nothing(on_maker, maker, studio):
    change_plan(workspace=on_maker, plan=studio, external_reference="up")
    for times in range(3):
        change_plan(workspace=on_maker, plan=maker, external_reference=f"down {times}")
        change_plan(workspace=on_maker, plan=studio, external_reference=f"up {times}")
    assert balance(on_maker) == (5000, 0)


def test_an_upgrade_after_the_reset_counts_from_the_new_period(on_maker, studio, clock):
    clock.set(2026, 3, 10)
    change_plan(workspace=on_maker, plan=studio, external_reference="up")
    assert story(on_maker)[-2:] == [("reset", 1000, 0), ("grant", 4000, 0)]


def test_who_has_no_plan_can_neither_change_nor_end_it(ada, maker):
    with pytest.raises(NotSubscribedError), transaction.atomic():
        change_plan(workspace=ada, plan=maker, external_reference="change")
    with pytest.raises(NotSubscribedError), transaction.atomic():
        end_subscription(workspace=ada, external_reference="end")
    assert not PaymentEvent.objects.exists()


# ------------------------------------------------------------------ ends


def test_a_subscription_ends_at_its_reset(on_maker, clock):
    end_subscription(workspace=on_maker, external_reference="end")
    clock.set(2026, 2, 28, 9, 29)
    assert balance(on_maker) == (1000, 0)
    clock.pass_(minutes=1)
    assert balance(on_maker) == (0, 0)
    assert balance_of(on_maker).resets_at is None
    reset(workspace=on_maker)
    wallet = wallet_of(on_maker)
    assert (wallet.plan, wallet.resets_at, wallet.ends_at_reset) == (None, None, False)
    clock.pass_(days=400)
    assert balance(on_maker) == (0, 0)


def test_an_end_replaces_a_downgrade_that_waits(on_maker, plan, clock):
    change_plan(workspace=on_maker, plan=plan("Hobby", 200), external_reference="down")
    end_subscription(workspace=on_maker, external_reference="end")
    clock.pass_(days=40)
    assert balance(on_maker) == (0, 0)


def test_a_change_of_plan_takes_an_end_back(on_maker, studio, clock):
    end_subscription(workspace=on_maker, external_reference="end")
    change_plan(workspace=on_maker, plan=studio, external_reference="up")
    clock.pass_(days=40)
    assert balance(on_maker) == (5000, 0)


def test_a_downgrade_takes_an_end_back(on_maker, plan, clock):
    end_subscription(workspace=on_maker, external_reference="end")
    change_plan(workspace=on_maker, plan=plan("Hobby", 200), external_reference="down")
    clock.pass_(days=40)
    assert balance(on_maker) == (200, 0)


def test_a_subscription_that_is_to_end_may_be_replaced(on_maker, studio, clock):
    end_subscription(workspace=on_maker, external_reference="end")
    clock.set(2026, 2, 10)
    start_subscription(workspace=on_maker, plan=studio, external_reference="sub 2")
    assert balance(on_maker) == (5000, 0)
    assert balance_of(on_maker).resets_at.date().isoformat() == "2026-03-10"


def test_a_subscription_can_end_at_once_with_its_credits(on_maker):
    grant(workspace=on_maker, amount=5)
    end_subscription(workspace=on_maker, external_reference="end", at_once=True)
    assert balance(on_maker) == (0, 5)
    assert balance_of(on_maker).resets_at is None


# ------------------------------------------------------------------ purchases and references


def test_a_purchase_adds_permanent_credits(ada):
    entry = record_purchase(
        workspace=ada, credits=5000, external_reference="invoice 1", actor="user:7"
    )
    assert story(ada) == [("purchase", 0, 5000)]
    assert entry.actor == "user:7"


@pytest.mark.parametrize("amount", [0, -5, 10**13])
def test_a_purchase_of_no_amount_of_credits_is_refused(ada, amount):
    with pytest.raises(ValueError, match="amount"):
        record_purchase(workspace=ada, credits=amount, external_reference="invoice 1")


def test_the_same_event_told_again_changes_nothing(on_maker, maker, studio, clock):
    change_plan(workspace=on_maker, plan=studio, external_reference="up")
    first = record_purchase(workspace=on_maker, credits=500, external_reference="invoice 1")
    end_subscription(workspace=on_maker, external_reference="end")
    before, wallet = story(on_maker), wallet_of(on_maker)
    clock.pass_(days=1)
    start_subscription(workspace=on_maker, plan=maker, external_reference="sub Ada")
    change_plan(workspace=on_maker, plan=studio, external_reference="up")
    again = record_purchase(workspace=on_maker, credits=500, external_reference="invoice 1")
    end_subscription(workspace=on_maker, external_reference="end")
    assert again == first
    assert story(on_maker) == before
    after = wallet_of(on_maker)
    assert (after.plan, after.ends_at_reset) == (wallet.plan, wallet.ends_at_reset)


def test_a_reference_of_another_workspace_is_refused(ada, grace, maker):
    record_purchase(workspace=ada, credits=500, external_reference="invoice 1")
    start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    with pytest.raises(ReferenceUsedError):
        record_purchase(workspace=grace, credits=500, external_reference="invoice 1")
    with pytest.raises(ReferenceUsedError):
        start_subscription(workspace=grace, plan=maker, external_reference="sub Ada")
    assert story(grace) == []


def test_a_reference_that_comes_with_something_else_is_refused(on_maker, studio):
    record_purchase(workspace=on_maker, credits=500, external_reference="invoice 1")
    with pytest.raises(ReferenceUsedError):
        record_purchase(workspace=on_maker, credits=501, external_reference="invoice 1")
    with pytest.raises(ReferenceUsedError):
        change_plan(workspace=on_maker, plan=studio, external_reference="invoice 1")
    with pytest.raises(ReferenceUsedError):
        start_subscription(workspace=on_maker, plan=studio, external_reference="sub Ada")
    assert balance(on_maker) == (1000, 500)


@pytest.mark.parametrize("reference", ["", "r" * 201])
def test_a_reference_is_neither_empty_nor_endless(ada, reference):
    with pytest.raises(ValueError, match="reference"):
        record_purchase(workspace=ada, credits=500, external_reference=reference)


# ------------------------------------------------------------------ limits


def test_without_a_plan_the_limits_are_those_of_the_settings(ada, settings):
    settings.RATE_LIMIT_SUBMISSIONS = 11
    settings.RATE_LIMIT_POLLS = 22
    settings.CONCURRENT_JOBS = 3
    settings.RETENTION_HANDLE_DAYS = 9
    assert limits_of(ada) == Limits(11, 22, 3, 9)


def test_a_plan_has_limits_of_its_own_and_the_settings_fill_what_it_leaves_open(
    ada, plan, settings
):
    settings.RATE_LIMIT_POLLS = 22
    pro = plan("Pro", 10, submissions_per_minute=500, concurrent_jobs=50, handle_days=30)
    start_subscription(workspace=ada, plan=pro, external_reference="sub Ada")
    assert limits_of(ada) == Limits(500, 22, 50, 30)


def test_limits_follow_the_plan_through_a_reset_that_nobody_wrote(ada, plan, clock, settings):
    settings.CONCURRENT_JOBS = 3
    settings.RETENTION_HANDLE_DAYS = 9
    pro = plan("Pro", 1000, concurrent_jobs=50)
    start_subscription(workspace=ada, plan=pro, external_reference="sub Ada")
    lite = plan("Lite", 10, concurrent_jobs=5)
    change_plan(workspace=ada, plan=lite, external_reference="down")
    assert limits_of(ada).concurrent_jobs == 50
    clock.pass_(days=31)
    assert limits_of(ada).concurrent_jobs == 5
    end_subscription(workspace=ada, external_reference="end")
    clock.pass_(days=31)
    assert limits_of(ada).concurrent_jobs == 3
