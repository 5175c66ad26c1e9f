"""Credits that staff takes back."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.audit import audit
from billing.errors import IdempotencyConflictError, InsufficientCreditsError
from billing.models import EntryKind
from billing.operations import charge, grant, take_back
from billing.signals import charged
from tests.billing.books import balance, story
from tests.billing.conftest import make_workspace

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

WHY = {"reason": "Invoice 17 was charged back", "actor": "user:7"}


@pytest.fixture
def ada(ada):
    grant(workspace=ada, amount=100, balance="regular")
    grant(workspace=ada, amount=50)
    return ada


@pytest.mark.parametrize(
    ("source", "amount", "parts"),
    [
        ("permanent", 50, (0, -50)),
        ("regular", 100, (-100, 0)),
        ("both", 40, (0, -40)),  # permanent credits first
        ("both", 60, (-10, -50)),
        ("both", 150, (-100, -50)),
    ],
)
def test_credits_are_taken_from_the_balance_that_is_named(ada, source, amount, parts):
    entry = take_back(workspace=ada, amount=amount, source=source, **WHY)
    assert (entry.kind, entry.regular, entry.permanent) == (EntryKind.ADJUST, *parts)
    assert balance(ada) == (100 + parts[0], 50 + parts[1])
    assert (entry.reason, entry.actor) == (WHY["reason"], WHY["actor"])


@pytest.mark.parametrize(("source", "held"), [("permanent", 50), ("regular", 100), ("both", 150)])
def test_more_than_there_is_is_refused_unless_what_is_there_will_do(ada, source, held):
    with pytest.raises(InsufficientCreditsError) as error:
        take_back(workspace=ada, amount=held + 1, source=source, **WHY)
    assert error.value.credits == held
    assert balance(ada) == (100, 50)
    entry = take_back(workspace=ada, amount=held + 1, source=source, up_to=True, **WHY)
    assert entry.amount == -held
    with pytest.raises(InsufficientCreditsError):
        take_back(workspace=ada, amount=1, source=source, up_to=True, **WHY)


def test_the_same_key_takes_once(ada):
    wish = {"workspace": ada, "idempotency_key": "a click", **WHY}
    first = take_back(amount=5, **wish)
    assert take_back(amount=5, **wish) == first
    assert balance(ada) == (100, 45)
    for other in ({"amount": 6}, {"amount": 5, "reason": "another"}):
        with pytest.raises(IdempotencyConflictError):
            take_back(**{**wish, **other})
    assert balance(ada) == (100, 45)


def test_the_same_key_takes_once_also_where_less_was_there(ada):
    wish = {"workspace": ada, "idempotency_key": "a click", "up_to": True, **WHY}
    first = take_back(amount=70, **wish)
    grant(workspace=ada, amount=70)
    assert take_back(amount=70, **wish) == first
    assert balance(ada) == (100, 70)


def test_a_key_that_granted_may_take_back(ada):
    grant(workspace=ada, amount=5, idempotency_key="ticket 9")
    take_back(workspace=ada, amount=5, idempotency_key="ticket 9", **WHY)
    assert balance(ada) == (100, 50)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_nothing_is_taken_without_a_reason_that_fits(ada, reason):
    with pytest.raises(ValueError, match="reason"):
        take_back(workspace=ada, amount=5, reason=reason, actor="user:7")
    assert balance(ada) == (100, 50)


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": -5}, {"amount": 5, "source": "all"}])
def test_what_cannot_be_taken_is_refused(ada, wrong):
    with pytest.raises(ValueError, match="credits"):
        take_back(workspace=ada, **{**WHY, **wrong})
    assert balance(ada) == (100, 50)


def test_lapsed_credits_are_not_there_to_be_taken(ada, clock):
    clock.pass_(days=4000)
    with pytest.raises(InsufficientCreditsError):
        take_back(workspace=ada, amount=1, source="regular", **WHY)


def test_a_customer_who_falls_below_the_threshold_is_told(ada):
    told = []

    def hear(*, before: int, after: int, **_kwargs):
        told.append((before, after))

    charged.connect(hear)
    try:
        take_back(workspace=ada, amount=20, **WHY)
    finally:
        charged.disconnect(hear)
    assert told == [(150, 130)]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(["grant", "charge", "take"]),
            st.integers(1, 60),
            st.sampled_from(["permanent", "regular", "both"]),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_whatever_is_taken_back_no_balance_is_negative_and_all_agrees(moves):
    with transaction.atomic():
        workspace = make_workspace("Grace")
        for number, (move, amount, source, up_to) in enumerate(moves):
            before = balance(workspace)
            try:
                if move == "grant":
                    to = "permanent" if source == "both" else source
                    grant(workspace=workspace, amount=amount, balance=to)
                elif move == "charge":
                    charge(workspace=workspace, amount=amount, job_id=f"job {number}")
                else:
                    take_back(workspace=workspace, amount=amount, source=source, up_to=up_to, **WHY)
            except InsufficientCreditsError:
                assert balance(workspace) == before
            assert min(balance(workspace)) >= 0
        assert list(audit()) == []
        assert sum(balance(workspace)) == sum(r + p for _kind, r, p in story(workspace))
        transaction.set_rollback(True)
