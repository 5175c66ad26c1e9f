"""The same request sent again, with `Idempotency-Key`."""

from typing import Any

import pytest

from speech.models import Speech
from speech.operations import cancel_speech, delete_speech
from speech.purge import purge_deleted_speeches
from tests.chatterbox_api.asking import (
    ACCEPTED,
    CLONING,
    SPEAKING,
    TEXT,
    refused,
    said,
    speak,
    spoken,
)
from tests.support.callers import Caller, run_jobs

pytestmark = pytest.mark.anydb

HOOK = "https://example.com/hook"
KEY = {"Idempotency-Key": "once-7"}
USED_BEFORE = "Idempotency-Key was used for a different request"


def again(reply: Any) -> Any:
    """Return a reply, checked to say that it repeats an earlier one."""
    assert reply.headers["Idempotent-Replayed"] == "true"
    return reply


def test_a_repeat_answers_with_the_same_job_and_charges_nothing(ada: Caller, working: None) -> None:
    first = speak(ada, id="one", headers=KEY)
    assert "Idempotent-Replayed" not in first.headers
    second = again(speak(ada, id="one", headers=KEY))
    assert spoken(second) == spoken(first)
    assert second.headers["x-seed"] == first.headers["x-seed"]
    assert (Speech.objects.count(), ada.credits()) == (1, 10_000 - len(TEXT))


def test_a_repeated_clone_fetches_its_recording_once(
    ada: Caller, working: None, reference: str
) -> None:
    body = {"text": TEXT, "voice_audio_url": reference}
    first, second = (ada.send(CLONING, body, headers=KEY) for _ in range(2))
    assert spoken(again(second))["job_id"] == spoken(first)["job_id"]
    assert Speech.objects.count() == 1


def test_a_repeat_with_a_webhook_shows_the_job_as_it_stands(ada: Caller) -> None:
    first = said(speak(ada, webhook_url=HOOK, headers=KEY), 202, ACCEPTED)
    waiting = said(again(speak(ada, webhook_url=HOOK, headers=KEY)), 202, ACCEPTED)
    assert waiting == first
    run_jobs()
    done = spoken(again(speak(ada, webhook_url=HOOK, headers=KEY)))
    assert done["job_id"] == first["job_id"]


@pytest.mark.parametrize(
    ("state", "status", "message"),
    [
        ("cancelled", 409, "The job was cancelled."),
        ("deleted", 404, "The audio of this request was deleted"),
        ("purged", 404, "The audio of this request was deleted"),
    ],
)
def test_a_repeat_says_what_became_of_the_job(
    ada: Caller, state: str, status: int, message: str
) -> None:
    first = speak(ada, webhook_url=HOOK, id="one", headers=KEY).json()
    speech = Speech.objects.get()
    if state == "cancelled":
        cancel_speech(speech=speech)
    else:
        run_jobs()
        delete_speech(speech=speech)
    if state == "purged":
        purge_deleted_speeches()
    body = refused(again(speak(ada, webhook_url=HOOK, id="one", headers=KEY)), status, message)
    assert (body["id"], body["job_id"]) == ("one", first["job_id"])


def test_a_repeat_of_what_timed_out_says_so_again(ada: Caller, settings) -> None:
    settings.SYNC_WAIT_SECONDS = 0.1
    message = "The audio was not ready within 0.1 seconds. Nothing was charged."
    first = refused(speak(ada, headers=KEY), 504, message)
    second = refused(again(speak(ada, headers=KEY)), 504, message)
    assert second["job_id"] == first["job_id"]
    assert (Speech.objects.count(), ada.credits()) == (1, 10_000)


def test_a_key_stands_for_one_request(ada: Caller) -> None:
    speak(ada, webhook_url=HOOK, headers=KEY)
    refused(speak(ada, "Something else.", webhook_url=HOOK, headers=KEY), 422, USED_BEFORE)
    other = ada.send(
        CLONING, {"text": TEXT, "voice_audio_url": HOOK, "webhook_url": HOOK}, headers=KEY
    )
    refused(other, 422, USED_BEFORE)
    assert Speech.objects.count() == 1


def test_a_key_is_of_one_workspace(ada: Caller, grace: Caller) -> None:
    hers = speak(grace, webhook_url=HOOK, headers=KEY).json()
    own = said(speak(ada, webhook_url=HOOK, headers=KEY), 202, ACCEPTED)
    assert own["job_id"] != hers["job_id"]
    assert Speech.objects.count() == 2


@pytest.mark.parametrize("key", ["", "a" * 256, "two words"])
def test_a_key_that_cannot_be_one_is_refused(ada: Caller, key: str) -> None:
    reply = ada.send(SPEAKING, {"text": TEXT}, headers={"Idempotency-Key": key})
    refused(reply, 400, "Idempotency-Key must be 1 to 255 visible ASCII characters")
    assert ada.credits() == 10_000
