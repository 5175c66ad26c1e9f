import pytest
from django.db import transaction

from billing.errors import AlreadyBilledError, InsufficientCreditsError, UnknownChargeError
from billing.models import Entry
from billing.operations import (
    charge,
    end_subscription,
    grant,
    lapse,
    refund,
    start_subscription,
)
from billing.queries import balance_of
from tests.billing.books import balance, stored, story

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


@pytest.fixture
def ada(ada, clock):
    grant(workspace=ada, amount=100, balance="regular")
    grant(workspace=ada, amount=50)
    return ada


def movements(workspace):
    return story(workspace)[2:]


def test_a_charge_takes_regular_credits_first(ada):
    charge(workspace=ada, amount=70, job_id="a speech")
    assert balance(ada) == (30, 50)


def test_a_charge_takes_permanent_credits_for_what_regular_ones_do_not_cover(ada):
    entry = charge(workspace=ada, amount=120, job_id="a speech", actor="key:7")
    assert balance(ada) == (0, 30)
    assert (entry.regular, entry.permanent, entry.amount) == (-100, -20, -120)
    assert (entry.regular_after, entry.permanent_after) == (0, 30)
    assert entry.actor == "key:7"
    assert entry.period is not None


def test_all_there_is_can_be_spent(ada):
    charge(workspace=ada, amount=150, job_id="a speech")
    assert balance(ada) == (0, 0)


def test_more_than_there_is_cannot_be_spent(ada):
    with pytest.raises(InsufficientCreditsError) as error:
        charge(workspace=ada, amount=151, job_id="a speech")
    assert (error.value.credits, error.value.needed) == (150, 151)
    assert balance(ada) == (100, 50)
    assert movements(ada) == []


def test_credits_that_have_lapsed_cannot_be_spent(ada, clock):
    clock.pass_(days=40)
    with pytest.raises(InsufficientCreditsError) as error:
        charge(workspace=ada, amount=60, job_id="a speech")
    assert error.value.credits == 50


def test_a_job_is_charged_once(ada):
    charge(workspace=ada, amount=10, job_id="a speech")
    with pytest.raises(AlreadyBilledError), transaction.atomic():
        charge(workspace=ada, amount=10, job_id="a speech")
    assert balance(ada) == (90, 50)


def test_a_job_is_charged_once_whoever_pays(ada, grace):
    grant(workspace=grace, amount=10)
    charge(workspace=ada, amount=10, job_id="a speech")
    with pytest.raises(AlreadyBilledError), transaction.atomic():
        charge(workspace=grace, amount=10, job_id="a speech")
    assert balance(grace) == (0, 10)


def test_a_refund_returns_each_part_to_where_it_came_from(ada):
    charge(workspace=ada, amount=120, job_id="a speech")
    assert refund(workspace=ada, job_id="a speech") == 120
    assert balance(ada) == (100, 50)


@pytest.mark.parametrize(
    ("amount", "left"), [(5, (0, 35)), (20, (0, 50)), (60, (40, 50)), (120, (100, 50))]
)
def test_a_partial_refund_returns_permanent_credits_first(ada, amount, left):
    charge(workspace=ada, amount=120, job_id="a speech")
    assert refund(workspace=ada, job_id="a speech", amount=amount) == amount
    assert balance(ada) == left


def test_a_job_is_refunded_once_and_says_the_same_each_time(ada):
    charge(workspace=ada, amount=120, job_id="a speech")
    assert refund(workspace=ada, job_id="a speech", amount=30) == 30
    assert refund(workspace=ada, job_id="a speech") == 30
    assert balance(ada) == (10, 50)
    assert len(movements(ada)) == 2


def test_a_refund_of_nothing_leaves_no_entry(ada):
    charge(workspace=ada, amount=120, job_id="a speech")
    assert refund(workspace=ada, job_id="a speech", amount=0) == 0
    assert len(movements(ada)) == 1


@pytest.mark.parametrize("amount", [-1, 121])
def test_a_refund_beyond_the_charge_is_refused(ada, amount):
    charge(workspace=ada, amount=120, job_id="a speech")
    with pytest.raises(ValueError, match="refund"):
        refund(workspace=ada, job_id="a speech", amount=amount)
    assert len(movements(ada)) == 1


def test_a_job_that_was_not_charged_is_not_refunded(ada):
    with pytest.raises(UnknownChargeError):
        refund(workspace=ada, job_id="a speech")


def test_nobody_is_refunded_for_the_job_of_another(ada, grace):
    charge(workspace=ada, amount=120, job_id="a speech")
    with pytest.raises(UnknownChargeError):
        refund(workspace=grace, job_id="a speech")
    assert balance(grace) == (0, 0)


def test_regular_credits_refunded_after_their_period_lapse_with_an_entry(ada, clock):
    charge(workspace=ada, amount=120, job_id="a speech")
    clock.pass_(days=40)
    assert refund(workspace=ada, job_id="a speech") == 120
    assert balance(ada) == (0, 50)
    assert movements(ada) == [("charge", -100, -20), ("refund", 100, 20), ("lapse", -100, 0)]
    charged, refunded, lapsed = Entry.objects.filter(job_id="a speech").order_by("sequence")
    assert charged.period == refunded.period == lapsed.period


def test_a_refund_into_a_new_period_leaves_that_periods_credits_alone(ada, clock, maker):
    start_subscription(workspace=ada, plan=maker, external_reference="sub 1")
    clock.pass_(days=20)
    charge(workspace=ada, amount=300, job_id="a speech")
    clock.pass_(days=20)
    refund(workspace=ada, job_id="a speech")
    assert stored(ada) == (1000, 50)


def test_credits_of_a_period_that_ends_like_the_next_one_still_lapse(ada, clock, maker):
    clock.set(2026, 1, 29)
    start_subscription(workspace=ada, plan=maker, external_reference="sub 1")
    charge(workspace=ada, amount=300, job_id="a speech")
    ends = balance_of(ada).resets_at
    clock.set(2026, 1, 31)
    end_subscription(workspace=ada, external_reference="end 1", at_once=True)
    start_subscription(workspace=ada, plan=maker, external_reference="sub 2")
    assert balance_of(ada).resets_at == ends
    refund(workspace=ada, job_id="a speech")
    assert stored(ada) == (1000, 50)


def test_regular_credits_can_be_made_to_lapse_at_once(ada):
    assert lapse(workspace=ada, actor="user:7") == 100
    assert lapse(workspace=ada) == 0
    assert balance(ada) == (0, 50)
    assert movements(ada) == [("lapse", -100, 0)]
