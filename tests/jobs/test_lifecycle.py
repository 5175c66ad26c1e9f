from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from billing.models import Entry
from inference.jobs.errors import LeaseLostError, StateConflictError
from inference.jobs.lifecycle import (
    Claim,
    Outcome,
    claim,
    complete,
    extend,
    fail,
    job_settled,
    release,
    request_cancel,
)
from inference.jobs.model import FINAL, JobState
from inference.jobs.reaper import reap, reclaim_all
from speech.models import Speech
from tests.support.callers import Caller

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

DONE = Outcome({"duration": 1.5})


def submitted(caller: Caller, text: str = "Good morning.") -> Speech:
    return Speech.get(caller.say(text).json()["speechId"])


def claimed(speech: Speech) -> Claim[Speech]:
    held = claim(Speech, speech.pk)
    assert held is not None
    return held


def kinds(speech: Speech) -> list[str]:
    return list(
        Entry.objects.filter(job_id=speech.pk).order_by("pk").values_list("kind", flat=True)
    )


def past(speech: Speech, **fields: Any) -> None:
    """Move a moment of a row into the past."""
    Speech.objects.filter(pk=speech.pk).update(
        **{name: timezone.now() - timedelta(seconds=seconds) for name, seconds in fields.items()}
    )


def test_a_job_is_claimed_once(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)
    assert (held.job.state, held.attempt) == ("RUNNING", 1)
    assert claim(Speech, speech.pk) is None


def test_completing_records_the_outcome_and_keeps_the_charge(ada: Caller) -> None:
    speech = submitted(ada)
    complete(claimed(speech), DONE)
    speech = Speech.get(speech.pk)
    assert (speech.state, speech.duration, speech.lease_until) == ("COMPLETED", 1.5, None)
    assert speech.finished_at is not None
    assert kinds(speech) == ["charge"]


def test_failing_gives_everything_back(ada: Caller) -> None:
    before = ada.credits()
    speech = submitted(ada)
    fail(claimed(speech), code="NO_SPEECH", message="Nothing to say.")
    speech = Speech.get(speech.pk)
    assert (speech.state, speech.credits_used, speech.error_code) == ("FAILED", 0, "NO_SPEECH")
    assert kinds(speech) == ["charge", "refund"]
    assert ada.credits() == before


def test_a_settled_job_cannot_be_settled_again(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)
    complete(held, DONE)
    with pytest.raises(LeaseLostError):
        fail(held, code="X", message="late")
    with pytest.raises(LeaseLostError):
        complete(held, DONE)
    assert not release(held)
    assert kinds(speech) == ["charge"]


def test_a_worker_that_lost_its_lease_can_do_nothing_more(ada: Caller) -> None:
    speech = submitted(ada)
    zombie = claimed(speech)
    past(speech, lease_until=1)
    reap(Speech)
    second = claimed(speech)
    assert second.attempt == 2
    for attempt in (
        lambda: extend(zombie),
        lambda: complete(zombie, DONE),
        lambda: fail(zombie, code="X", message="late"),
    ):
        with pytest.raises(LeaseLostError):
            attempt()
    complete(second, DONE)
    assert Speech.get(speech.pk).state == "COMPLETED"


def test_progress_prolongs_the_lease(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)
    past(speech, lease_until=-1)
    before = Speech.get(speech.pk).lease_until
    extend(held)
    after = Speech.get(speech.pk).lease_until
    assert before is not None
    assert after is not None
    assert after > before


def test_progress_is_refused_to_a_job_that_shall_be_cancelled(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)
    request_cancel(Speech, speech.pk)
    with pytest.raises(LeaseLostError):
        extend(held)


def test_progress_is_refused_past_the_deadline(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)
    past(speech, deadline=1)
    with pytest.raises(LeaseLostError):
        extend(held)


def test_the_reaper_leaves_a_running_job_with_a_lease_alone(ada: Caller) -> None:
    speech = submitted(ada)
    claimed(speech)
    reap(Speech)
    assert Speech.get(speech.pk).state == "RUNNING"


def test_the_reaper_gives_up_after_the_last_attempt_and_refunds(ada: Caller, settings: Any) -> None:
    before = ada.credits()
    speech = submitted(ada)
    for _ in range(settings.JOB_MAX_ATTEMPTS):
        assert Speech.get(speech.pk).state == "QUEUED"
        claimed(speech)
        past(speech, lease_until=1)
        reap(Speech)
    speech = Speech.get(speech.pk)
    assert (speech.state, speech.error_code) == ("FAILED", "WORKER_LOST")
    assert ada.credits() == before


@pytest.mark.parametrize("running", [False, True])
def test_the_reaper_ends_what_is_past_its_deadline_and_refunds(
    ada: Caller, *, running: bool
) -> None:
    before = ada.credits()
    speech = submitted(ada)
    if running:
        claimed(speech)
    past(speech, deadline=1)
    reap(Speech)
    speech = Speech.get(speech.pk)
    assert (speech.state, speech.error_code) == ("TIMED_OUT", "TIMED_OUT")
    assert ada.credits() == before
    assert kinds(speech) == ["charge", "refund"]


def test_cancelling_a_queued_job_ends_it_at_once(ada: Caller) -> None:
    before = ada.credits()
    speech = request_cancel(Speech, submitted(ada).pk)
    assert (speech.state, speech.credits_used) == ("CANCELLED", 0)
    assert claim(Speech, speech.pk) is None
    assert ada.credits() == before


def test_the_reaper_ends_a_cancelled_job_whose_worker_died(ada: Caller) -> None:
    before = ada.credits()
    speech = submitted(ada)
    claimed(speech)
    request_cancel(Speech, speech.pk)
    past(speech, lease_until=1)
    reap(Speech)
    assert Speech.get(speech.pk).state == "CANCELLED"
    assert ada.credits() == before


def test_completion_that_wins_the_race_stands_against_a_cancel(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)
    request_cancel(Speech, speech.pk)
    complete(held, DONE)
    with pytest.raises(StateConflictError):
        request_cancel(Speech, speech.pk)
    assert Speech.get(speech.pk).state == "COMPLETED"
    assert kinds(speech) == ["charge"]


def test_a_lone_node_takes_back_its_running_jobs_at_start(ada: Caller) -> None:
    speech = submitted(ada)
    claimed(speech)
    assert reclaim_all(Speech) == 1
    assert Speech.get(speech.pk).state == "QUEUED"
    assert claimed(speech).attempt == 2


def test_settling_and_what_hears_of_it_are_one_transaction(ada: Caller) -> None:
    speech = submitted(ada)
    held = claimed(speech)

    def deaf(**_kwargs: Any) -> None:
        raise RuntimeError("the event could not be written")

    job_settled.connect(deaf)
    try:
        with pytest.raises(RuntimeError):
            fail(held, code="X", message="x")
    finally:
        job_settled.disconnect(deaf)
    assert Speech.get(speech.pk).state == "RUNNING"
    assert kinds(speech) == ["charge"]


@pytest.mark.parametrize("state", FINAL)
def test_the_database_keeps_a_final_state(ada: Caller, state: str) -> None:
    speech = submitted(ada)
    Speech.objects.filter(pk=speech.pk).update(
        state=state, finished_at=timezone.now(), error_code="X"
    )
    with pytest.raises(Error, match="final"), transaction.atomic():
        Speech.objects.filter(pk=speech.pk).update(state=JobState.QUEUED, finished_at=None)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE speech_speech SET state = 'RUNNING', finished_at = NULL,"
            " lease_until = created_at WHERE id = %s",
            [speech.pk],
        )


@pytest.mark.parametrize(
    "change",
    [
        {"state": "DREAMING"},
        {"state": JobState.RUNNING},
        {"lease_until": timezone.now()},
        {"state": JobState.COMPLETED},
        {"refunded": 10_000},
        {"state": JobState.FAILED, "finished_at": timezone.now()},
    ],
)
def test_the_database_refuses_a_row_that_makes_no_sense(
    ada: Caller, change: dict[str, Any]
) -> None:
    speech = submitted(ada)
    with pytest.raises(Error), transaction.atomic():
        Speech.objects.filter(pk=speech.pk).update(**change)


def test_an_attempt_never_counts_down(ada: Caller) -> None:
    speech = submitted(ada)
    claimed(speech)
    with pytest.raises(Error), transaction.atomic():
        Speech.objects.filter(pk=speech.pk).update(attempt=0)
