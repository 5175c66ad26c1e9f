from typing import Any

import pytest
from django.db import transaction

from billing.models import Plan
from billing.operations import start_subscription
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.lifecycle import Outcome, complete
from tests.support.callers import Caller

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def texts(count: int) -> list[str]:
    """Claim and complete jobs one after the other; returns what they say, in that order."""
    spoken = []
    for _ in range(count):
        held = claim_next()
        assert held is not None
        spoken.append(held.job.text)
        complete(held, Outcome({}))
    return spoken


def test_a_workspace_is_served_first_in_first_out(ada: Caller) -> None:
    for text in ("one", "two", "three"):
        ada.say(text)
    assert texts(3) == ["one", "two", "three"]
    assert claim_next() is None


def test_workspaces_take_turns_whatever_the_crowd(ada: Caller, grace: Caller) -> None:
    for number in range(5):
        ada.say(f"Ada {number}")
    for number in range(2):
        grace.say(f"Grace {number}")
    assert texts(7) == ["Ada 0", "Grace 0", "Ada 1", "Grace 1", "Ada 2", "Ada 3", "Ada 4"]


def test_who_has_fewer_jobs_running_goes_first(ada: Caller, grace: Caller) -> None:
    ada.say("Ada 0")
    assert claim_next() is not None  # and it goes on running
    ada.say("Ada 1")
    grace.say("Grace 0")
    grace.say("Grace 1")
    assert texts(2) == ["Grace 0", "Grace 1"]


def test_no_more_jobs_run_than_the_limit_allows(ada: Caller, settings: Any) -> None:
    settings.CONCURRENT_JOBS = 2
    for number in range(3):
        ada.say(f"Ada {number}")
    first, second = claim_next(), claim_next()
    assert first is not None
    assert second is not None
    assert claim_next() is None
    complete(first, Outcome({}))
    third = claim_next()
    assert third is not None
    assert third.job.text == "Ada 2"


def test_a_limit_that_is_reached_does_not_hold_up_others(
    ada: Caller, grace: Caller, settings: Any
) -> None:
    settings.CONCURRENT_JOBS = 1
    ada.say("Ada 0")
    assert claim_next() is not None
    ada.say("Ada 1")
    grace.say("Grace 0")
    held = claim_next()
    assert held is not None
    assert held.job.text == "Grace 0"


def test_a_plan_sets_the_limit(ada: Caller, settings: Any) -> None:
    settings.CONCURRENT_JOBS = 1
    plan = Plan.objects.create(name="Studio", monthly_credits=1000, concurrent_jobs=2)
    with transaction.atomic():
        start_subscription(workspace=ada.workspace, plan=plan, external_reference="sub-ada")
    for number in range(3):
        ada.say(f"Ada {number}")
    assert claim_next() is not None
    assert claim_next() is not None
    assert claim_next() is None


def test_clones_and_speeches_stand_in_one_line(ada: Caller) -> None:
    ada.say("before")
    voice = ada.clone().json()["voiceId"]
    ada.say("after")
    order = [claim_next() for _ in range(3)]
    assert [held.job.pk == voice for held in order if held] == [False, True, False]
