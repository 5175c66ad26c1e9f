import random
from collections.abc import Callable

import pytest
from django.db import transaction

from billing.audit import audit
from billing.errors import BillingError
from billing.models import Entry, EntryKind, Plan
from billing.operations import (
    change_plan,
    charge,
    end_subscription,
    grant,
    lapse,
    record_purchase,
    refund,
    start_subscription,
)
from billing.queries import balance_of
from tests.billing.books import stored
from tests.billing.conftest import make_workspace
from tests.billing.crowd import each_in_a_thread

pytestmark = [pytest.mark.anydb, pytest.mark.django_db(transaction=True)]

THREADS = 8
STEPS = 40


@pytest.mark.parametrize("seed", range(6))
def test_no_interleaving_breaks_a_rule(seed, clock):
    clock.tick()
    workspaces = [make_workspace(name) for name in ("Ada", "Grace", "Hedy")]
    plans = [
        Plan.objects.create(name=name, monthly_credits=monthly)
        for name, monthly in [("Hobby", 100), ("Maker", 300), ("Studio", 900)]
    ]

    def life(number: int) -> Callable[[], list[str]]:
        return lambda: live(random.Random(f"{seed} {number}"), workspaces, plans, clock)

    answers = each_in_a_thread([life(number) for number in range(THREADS)])
    faults = [answer for answer in answers if isinstance(answer, Exception)]
    assert faults == []
    assert list(audit()) == []
    for workspace in workspaces:
        assert min(stored(workspace)) >= 0
        assert min(balance_of(workspace).regular, balance_of(workspace).permanent) >= 0
    for kind in (EntryKind.CHARGE, EntryKind.REFUND, EntryKind.PURCHASE):
        entries = Entry.objects.filter(kind=kind)
        names = "idempotency_key" if kind == EntryKind.PURCHASE else "job_id"
        assert entries.values(names).distinct().count() == entries.count() > 0


def live(chance: random.Random, workspaces, plans, clock) -> list[str]:
    """Do random things, many of them with jobs and references that others use as well."""
    refusals = []
    for _ in range(STEPS):
        who = {"workspace": chance.choice(workspaces)}
        job = {"job_id": f"speech {chance.randrange(60)}"}
        told = {"external_reference": f"reference {chance.randrange(40)}"}
        plan = {"plan": chance.choice(plans)}
        amount = chance.randrange(1, 120)
        operation, wish = chance.choice(
            [
                (grant, {"amount": amount, "balance": chance.choice(["regular", "permanent"])}),
                (charge, {"amount": amount, **job}),
                (charge, {"amount": amount, **job}),
                (refund, job),
                (refund, {"amount": 1, **job}),
                (lapse, {}),
                (start_subscription, {**plan, **told}),
                (change_plan, {**plan, **told}),
                (end_subscription, {**told, "at_once": chance.random() < 0.5}),
                (record_purchase, {"credits": amount, **told}),
            ]
        )
        try:
            with transaction.atomic():
                operation(**who, **wish)
        except (BillingError, ValueError) as error:
            refusals.append(type(error).__name__)
        if chance.random() < 0.2:
            clock.pass_(days=chance.randrange(20))
    return refusals
