"""The numbers of queued and running jobs that triggers keep, and what a claim costs."""

import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inference.jobs.fair_scheduler import _waiting, claim_next
from inference.jobs.lifecycle import claim, fail, release, request_cancel
from inference.jobs.model import JobState
from inference.jobs.registry import kinds
from inference.models import TenantQueue
from speech.models import Speech
from tests.speech.asking import ask, once
from tests.support.callers import Caller

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def kept() -> dict[str, tuple[int, int]]:
    rows = TenantQueue.objects.values_list("workspace_id", "queued", "running")
    return {workspace: (queued, running) for workspace, queued, running in rows}


def counted() -> dict[str, tuple[int, int]]:
    """Count the jobs themselves."""
    queued: Counter[str] = Counter()
    running: Counter[str] = Counter()
    for kind in kinds():
        rows = kind.rows().exclude(workspace=None).values_list("workspace_id", "state", "is_ready")
        for workspace, state, is_ready in rows:
            queued[workspace] += state == JobState.QUEUED and is_ready
            running[workspace] += state == JobState.RUNNING
    return {workspace: (queued[workspace], running[workspace]) for workspace in kept()}


@pytest.mark.parametrize("seed", range(4))
def test_the_numbers_hold_whatever_happens_to_jobs(ada: Caller, grace: Caller, seed: int) -> None:
    drawn = random.Random(seed)
    held: list[Any] = []

    def settle_one() -> None:
        one = held.pop(drawn.randrange(len(held)))
        drawn.choice(
            [
                lambda: release(one),
                lambda: fail(one, code="X", message="It failed."),
                lambda: request_cancel(type(one.job), one.job.pk) and release(one),
                lambda: type(one.job).rows().filter(pk=one.job.pk).delete(),
            ]
        )()

    for _ in range(60):
        caller = drawn.choice([ada, grace])
        match drawn.randrange(6):
            case 0:
                ask(caller)
            case 1:
                caller.clone()
            case 2:
                ask(caller, voice=once(caller))
            case 3 if queued := list(Speech.objects.filter(state="QUEUED")[:5]):
                request_cancel(Speech, drawn.choice(queued).pk)
            case 4 if (one := claim_next()) is not None:
                held.append(one)
            case 5 if held:
                settle_one()
        assert kept() == counted()
    assert any(sum(pair) for pair in kept().values()) or not held


def test_a_job_that_waits_for_its_recording_is_not_queued_yet(ada: Caller) -> None:
    speech = ask(ada)
    Speech.objects.filter(pk=speech.pk).update(is_ready=False)
    assert kept() == {ada.workspace.pk: (0, 0)}
    assert claim_next() is None
    assert claim(Speech, speech.pk) is None
    Speech.objects.filter(pk=speech.pk).update(is_ready=True)
    assert kept() == {ada.workspace.pk: (1, 0)}


def queries_of_a_claim() -> int:
    with CaptureQueriesContext(connection) as asked:
        assert claim_next() is not None
    return len(asked)


def copies(speech: Speech, count: int) -> None:
    """Queue more of the same, without their charges."""
    rows = []
    for number in range(count):
        row = Speech.get(speech.pk)
        row.pk = f"c{number:024d}"
        rows.append(row)
    Speech.objects.bulk_create(rows)


def test_a_claim_takes_as_many_queries_with_two_jobs_as_with_five_hundred(ada: Caller) -> None:
    ask(ada)
    waiting = ask(ada)
    few = queries_of_a_claim()
    copies(waiting, 500)
    assert queries_of_a_claim() == few


def test_a_workspace_whose_jobs_all_rest_is_passed_over(ada: Caller, grace: Caller) -> None:
    resting = ask(ada)
    held = claim(Speech, resting.pk)
    assert held is not None
    release(held, pause=3600)
    ask(grace, "Grace")
    held = claim_next()
    assert held is not None
    assert held.job.text == "Grace"
    assert claim_next() is None


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="its plans are PostgreSQL's")
def test_choosing_reads_no_job(ada: Caller) -> None:
    ask(ada)
    plan = _waiting([]).explain()
    assert "speech_speech" not in plan
    assert "voices_voice" not in plan


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="its plans are PostgreSQL's")
def test_the_oldest_job_of_a_workspace_is_found_by_the_index_of_queued_jobs(ada: Caller) -> None:
    from inference.jobs.model import claimable

    copies(ask(ada), 2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE speech_speech")
    jobs = Speech.rows().filter(claimable(), workspace=ada.workspace).order_by("created_at")[:1]
    plan = jobs.explain()
    assert "speech_speech_queued" in plan
    assert "Sort" not in plan
