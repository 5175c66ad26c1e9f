"""Jobs that are put back in the queue, and what becomes of a wish to cancel them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from inference.engines.base import EngineError
from inference.engines.operation import STOPPING
from inference.jobs import runner
from inference.jobs.draining import begin_to_drain, end_drain
from inference.jobs.lifecycle import Claim, claim, release, request_cancel, requeue_expired
from inference.jobs.reaper import reap
from speech.models import Speech
from tests.support.callers import Caller

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def expire_lease(speech_id: str) -> None:
    Speech.objects.filter(pk=speech_id).update(lease_until=timezone.now() - timedelta(seconds=1))


def drained(held: Claim[Speech]) -> None:
    release(held)


def retried(held: Claim[Speech]) -> None:
    runner._fail_or_retry(held, EngineError("TOO_SLOW", "Too slow.", retryable=True))  # type: ignore[arg-type]


def reaped(held: Claim[Speech]) -> None:
    expire_lease(held.job.pk)
    reap(Speech)


def reaped_in_a_race(held: Claim[Speech]) -> None:
    """The reaper reads the row just before its owner cancels the job."""
    expire_lease(held.job.pk)
    Speech.objects.filter(pk=held.job.pk).update(cancel_requested=False)
    seen = Speech.get(held.job.pk)
    request_cancel(Speech, held.job.pk)
    assert requeue_expired(Speech, seen)


PUT_BACK: list[Callable[[Claim[Speech]], None]] = [drained, retried, reaped, reaped_in_a_race]


@pytest.mark.parametrize("put_back", PUT_BACK)
def test_a_cancelled_job_that_is_put_back_ends_at_once_with_its_refund(
    ada: Caller, put_back: Callable[[Claim[Speech]], None]
) -> None:
    before = ada.credits()
    speech = ada.say().json()["speechId"]
    held = claim(Speech, speech)
    assert held is not None
    request_cancel(Speech, speech)
    put_back(held)
    assert Speech.get(speech).state == "CANCELLED"
    assert ada.credits() == before


@pytest.mark.parametrize("put_back", PUT_BACK[:3])
def test_a_job_that_is_put_back_may_run_again(
    ada: Caller, put_back: Callable[[Claim[Speech]], None]
) -> None:
    speech = ada.say().json()["speechId"]
    held = claim(Speech, speech)
    assert held is not None
    put_back(held)
    assert Speech.get(speech).state == "QUEUED"


def test_the_database_refuses_a_queued_job_that_was_cancelled(ada: Caller) -> None:
    speech = ada.say().json()["speechId"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Speech.objects.filter(pk=speech).update(cancel_requested=True)


def test_drained_attempts_are_no_failures(ada: Caller, settings: Any) -> None:
    speech = ada.say().json()["speechId"]
    for _ in range(settings.JOB_MAX_ATTEMPTS):
        held = claim(Speech, speech)
        assert held is not None
        release(held)
    assert claim(Speech, speech) is not None
    expire_lease(speech)
    reap(Speech)
    row = Speech.get(speech)
    assert (row.state, row.attempt, row.failures) == ("QUEUED", settings.JOB_MAX_ATTEMPTS + 1, 1)


def test_lost_and_failed_attempts_count_alike(ada: Caller, settings: Any) -> None:
    settings.JOB_MAX_ATTEMPTS = 3
    speech = ada.say().json()["speechId"]
    for put_back in (reaped, retried):
        held = claim(Speech, speech)
        assert held is not None
        put_back(held)
    assert Speech.get(speech).failures == 2
    held = claim(Speech, speech)
    assert held is not None
    reaped(held)
    assert Speech.get(speech).error_code == "WORKER_LOST"


def stopped_by_its_engine(held: Claim[Speech]) -> None:
    def stops(_held: Any) -> Any:
        raise EngineError(STOPPING, "The engine is shutting down.", retryable=True)

    with patch.object(runner, "work_of", lambda _kind: stops):
        runner.run_claimed(held)


def test_what_a_draining_engine_did_not_do_goes_back_and_is_no_failure(
    ada: Caller, settings: Any
) -> None:
    settings.JOB_MAX_ATTEMPTS, settings.JOB_RETRY_SECONDS = 1, 3600
    speech = ada.say().json()["speechId"]
    begin_to_drain()
    try:
        held = claim(Speech, speech)
        assert held is not None
        stopped_by_its_engine(held)
    finally:
        end_drain()
    row = Speech.get(speech)
    assert (row.state, row.failures) == ("QUEUED", 0)
    assert claim(Speech, speech) is not None, "at once"


def test_an_engine_that_stops_unasked_has_died_and_its_process_is_told(
    ada: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_MAX_ATTEMPTS, settings.JOB_RETRY_SECONDS = 2, 3600
    told: list[str] = []
    monkeypatch.setattr(runner, "_on_dead_engine", lambda: told.append("dead"))
    before = ada.credits()
    speech = ada.say().json()["speechId"]
    held = claim(Speech, speech)
    assert held is not None
    stopped_by_its_engine(held)
    assert told == ["dead"]
    assert Speech.get(speech).failures == 1
    assert claim(Speech, speech) is None, "it rests before its next attempt"
    Speech.objects.filter(pk=speech).update(retry_at=timezone.now() - timedelta(seconds=1))
    held = claim(Speech, speech)
    assert held is not None
    stopped_by_its_engine(held)
    row = Speech.get(speech)
    assert (row.state, row.error_code) == ("FAILED", "ENGINE_FAILED")
    assert ada.credits() == before
