from collections import Counter
from functools import partial

import pytest
from django.db import transaction

from accounts.models import Workspace
from billing.audit import audit
from billing.errors import AlreadyBilledError, InsufficientCreditsError, ReferenceUsedError
from billing.models import Entry, Plan
from billing.operations import (
    change_plan,
    charge,
    grant,
    record_purchase,
    refund,
    reset,
    start_subscription,
)
from tests.billing.books import balance, story
from tests.billing.conftest import make_workspace
from tests.billing.crowd import all_at_once

pytestmark = [pytest.mark.anydb, pytest.mark.django_db(transaction=True)]

CROWD = 32


def kinds(answers: list[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


@pytest.fixture
def ada() -> Workspace:
    ada = make_workspace("Ada")
    with transaction.atomic():
        grant(workspace=ada, amount=60, balance="regular")
        grant(workspace=ada, amount=45)
    return ada


def test_32_threads_cannot_overdraw_a_wallet(ada):
    answers = all_at_once(
        [partial(charge, workspace=ada, amount=10, job_id=f"speech {n}") for n in range(CROWD)]
    )
    assert kinds(answers) == {"Entry": 10, "InsufficientCreditsError": 22}
    assert all(
        error.credits == 5 for error in answers if isinstance(error, InsufficientCreditsError)
    )
    assert balance(ada) == (0, 5)
    assert list(audit()) == []


def test_32_threads_charge_a_job_once(ada):
    answers = all_at_once([partial(charge, workspace=ada, amount=1, job_id="a speech")] * CROWD)
    assert kinds(answers) == {"Entry": 1, "AlreadyBilledError": 31}
    assert balance(ada) == (59, 45)


def test_a_job_is_charged_once_when_two_workspaces_are_asked_at_once(ada):
    grace = make_workspace("Grace")
    with transaction.atomic():
        grant(workspace=grace, amount=100)
    for job in range(8):
        one, other = all_at_once(
            [
                partial(charge, workspace=who, amount=1, job_id=f"speech {job}")
                for who in (ada, grace)
            ]
        )
        assert isinstance(one, AlreadyBilledError) is not isinstance(other, AlreadyBilledError)
    assert list(audit()) == []


def test_32_threads_refund_a_job_once(ada):
    with transaction.atomic():
        charge(workspace=ada, amount=100, job_id="a speech")
    answers = all_at_once([partial(refund, workspace=ada, job_id="a speech")] * CROWD)
    assert answers == [100] * CROWD
    assert balance(ada) == (60, 45)
    assert len(story(ada)) == 4


def test_32_threads_find_a_due_reset_and_apply_it_once(clock):
    clock.set(2026, 1, 31)
    ada = make_workspace("Ada")
    plan = Plan.objects.create(name="Maker", monthly_credits=1000)
    with transaction.atomic():
        start_subscription(workspace=ada, plan=plan, external_reference="sub Ada")
    clock.set(2026, 3, 1)
    all_at_once([partial(reset, workspace=ada)] * CROWD)
    assert story(ada) == [("reset", 1000, 0), ("lapse", -1000, 0), ("reset", 1000, 0)]


def test_32_threads_with_the_same_key_grant_once(ada):
    answers = all_at_once(
        [partial(grant, workspace=ada, amount=5, idempotency_key="a click")] * CROWD
    )
    assert len(set(answers)) == 1
    assert balance(ada) == (60, 50)


def test_32_threads_record_a_purchase_once(ada):
    answers = all_at_once(
        [partial(record_purchase, workspace=ada, credits=5, external_reference="invoice 1")] * CROWD
    )
    assert len(set(answers)) == 1
    assert balance(ada) == (60, 50)


def test_a_reference_counts_for_one_of_32_workspaces():
    workspaces = [make_workspace(name) for name in ("Ada", "Grace", "Hedy", "Mary") * 8]
    answers = all_at_once(
        [
            partial(record_purchase, workspace=workspace, credits=5, external_reference="invoice 1")
            for workspace in workspaces
        ]
    )
    assert kinds(answers) == {"Entry": 1, "ReferenceUsedError": CROWD - 1}
    assert all(isinstance(answer, Entry | ReferenceUsedError) for answer in answers)
    assert Entry.objects.count() == 1


def test_32_threads_upgrade_once(ada):
    maker = Plan.objects.create(name="Maker", monthly_credits=1000)
    studio = Plan.objects.create(name="Studio", monthly_credits=5000)
    with transaction.atomic():
        start_subscription(workspace=ada, plan=maker, external_reference="sub Ada")
    all_at_once(
        [
            partial(change_plan, workspace=ada, plan=studio, external_reference=f"up {n}")
            for n in range(CROWD)
        ]
    )
    assert balance(ada) == (5000, 45)
