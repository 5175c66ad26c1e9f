from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.utils import timezone

from inference.engines.base import EngineError
from inference.jobs import runner
from inference.jobs.errors import LeaseLostError
from inference.jobs.fair_scheduler import claim_next
from speech.models import Speech
from tests.support.callers import AARON, Caller, run_jobs

pytestmark = pytest.mark.django_db


def files() -> set[Path]:
    root = Path(django_settings.HOME) / "files"
    return {path for path in root.rglob("speeches/**/*") if path.is_file()}


def attempt_with(error: Exception) -> None:
    held = claim_next()
    assert held is not None

    def breaks(_held: Any) -> Any:
        raise error

    with patch.object(runner, "work_of", lambda _kind: breaks):
        runner.run_claimed(held)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineError("NO_SPEECH", "Nothing to say.", retryable=False), "NO_SPEECH"),
        (EngineError("UNSUPPORTED_LANGUAGE", "No.", retryable=False), "UNSUPPORTED_LANGUAGE"),
    ],
)
def test_what_can_never_work_is_not_tried_again(ada: Caller, error: EngineError, code: str) -> None:
    speech = ada.say().json()["speechId"]
    attempt_with(error)
    row = Speech.get(speech)
    assert (row.state, row.error_code, row.attempt, row.credits_used) == ("FAILED", code, 1, 0)


def test_what_may_work_later_is_tried_again(ada: Caller) -> None:
    speech = ada.say().json()["speechId"]
    attempt_with(EngineError("ENGINE_TIMEOUT", "Too slow.", retryable=True))
    assert Speech.get(speech).state == "QUEUED"
    run_jobs()
    assert Speech.get(speech).state == "COMPLETED"


def test_a_job_rests_longer_after_each_attempt(ada: Caller, settings: Any) -> None:
    settings.JOB_RETRY_SECONDS = 20
    speech = ada.say().json()["speechId"]
    for rest in (20, 40):
        attempt_with(RuntimeError("again"))
        assert claim_next() is None, "it rests"
        row = Speech.get(speech)
        assert row.retry_at is not None
        assert rest - 5 < (row.retry_at - timezone.now()).total_seconds() <= rest
        Speech.objects.filter(pk=speech).update(retry_at=timezone.now())


def test_a_fault_of_ours_tells_the_customer_nothing_of_its_inside(ada: Caller) -> None:
    speech = ada.say().json()["speechId"]
    for _ in range(3):
        attempt_with(RuntimeError("password=hunter2"))
    row = Speech.get(speech)
    assert (row.state, row.error_code) == ("FAILED", "INTERNAL_ERROR")
    assert "hunter2" not in row.error_message


def test_a_storage_that_takes_no_writes_is_tried_again_and_then_refunded(ada: Caller) -> None:
    before = ada.credits()
    speech = ada.say().json()["speechId"]
    with patch.object(default_storage, "save", side_effect=OSError(28, "No space left")):
        for _ in range(3):
            held = claim_next()
            assert held is not None
            runner.run_claimed(held)
    row = Speech.get(speech)
    assert (row.state, row.error_code) == ("FAILED", "STORAGE_FAILED")
    assert ada.credits() == before


def test_an_attempt_that_lost_its_lease_leaves_no_file(ada: Caller) -> None:
    speech = ada.say().json()["speechId"]
    before = files()
    held = claim_next()
    assert held is not None
    Speech.objects.filter(pk=speech).update(attempt=7)
    runner.run_claimed(held)
    assert files() == before


def test_an_attempt_that_loses_its_lease_at_the_very_end_leaves_no_file(ada: Caller) -> None:
    ada.say()
    before = files()
    held = claim_next()
    assert held is not None
    with patch.object(runner, "complete", side_effect=LeaseLostError):
        runner.run_claimed(held)
    assert files() == before


def test_an_attempt_whose_job_was_erased_leaves_no_file(ada: Caller) -> None:
    speech = ada.say().json()["speechId"]
    before = files()
    held = claim_next()
    assert held is not None
    Speech.objects.filter(pk=speech).delete()
    runner.run_claimed(held)
    assert files() == before


def test_a_commit_of_unknown_outcome_leaves_the_file_the_row_may_name(ada: Caller) -> None:
    ada.say()
    before = files()
    held = claim_next()
    assert held is not None
    with (
        patch.object(runner, "complete", side_effect=OperationalError("connection lost")),
        patch.object(runner, "release", side_effect=OperationalError("connection lost")),
        pytest.raises(OperationalError),
    ):
        runner.run_claimed(held)
    assert len(files() - before) == 1


def test_a_request_id_follows_its_job(ada: Caller) -> None:
    reply = ada.send(
        "/api/v1/tts",
        {"text": "Hello.", "voiceId": AARON},
        headers={"x-request-id": "request-of-ada"},
    )
    assert reply.headers["x-request-id"] == "request-of-ada"
    assert Speech.get(reply.json()["speechId"]).request_id == "request-of-ada"
