"""A request that is sent again under its ``Idempotency-Key``."""

import pytest

from speech.models import Call, Speech
from tests.runpod.customer import Customer, body_of, spoken
from tests.runpod.replies import assert_error
from tests.support.callers import run_jobs

TTS = {"operation": "tts", "text": "Hello."}


def again(customer: Customer, how: str, given: dict, key: str = "order-1"):
    return customer.post(how, {"input": given}, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(
    "given",
    [
        TTS,
        {"operation": "voice_conversion", "input_audio": spoken(1.0), "voice_name": "Amy"},
        {"operation": "voice_cloning", "voice_name": "Mine", "reference_audio": spoken()},
    ],
    ids=lambda given: given["operation"],
)
def test_the_same_request_is_done_once(ada: Customer, given: dict) -> None:
    first, second = again(ada, "run", given), again(ada, "run", given)
    assert first.json() == second.json()
    assert first.headers.get("Idempotent-Replayed") is None
    assert second.headers["Idempotent-Replayed"] == "true"
    spent = 10_000 - ada.credits()
    run_jobs()
    third = again(ada, "run", given)
    assert third.json() == {"id": first.json()["id"], "status": "COMPLETED"}
    assert ada.credits() == 10_000 - spent
    assert Call.objects.count() == 1


def test_runsync_repeats_the_output(ada: Customer) -> None:
    first = ada.post("runsync?wait=1000", {"input": TTS}, headers={"Idempotency-Key": "k"})
    run_jobs()
    second = ada.post("runsync?wait=1000", {"input": TTS}, headers={"Idempotency-Key": "k"})
    assert body_of(first)["id"] == (said := body_of(second))["id"]
    assert said["output"]["text"] == "Hello."
    assert second.headers["Idempotent-Replayed"] == "true"


def test_another_request_under_the_key_is_refused(ada: Customer) -> None:
    again(ada, "run", TTS)
    message = "Idempotency-Key was used for a different request"
    assert_error(again(ada, "run", {**TTS, "text": "Bye."}), 422, message)
    assert_error(again(ada, "runsync", TTS), 422, message)
    assert Speech.objects.count() == 1


def test_a_malformed_key_is_refused(ada: Customer) -> None:
    assert_error(again(ada, "run", TTS, key="a b"), 400)


def test_a_refused_input_is_tried_anew(ada: Customer) -> None:
    bad = {**TTS, "voice_name": "Harbour"}
    again(ada, "run", bad)
    ada.caller.clone(title="Harbour")
    job_id = again(ada, "run", bad).json()["id"]
    assert ada.status(job_id)["status"] == "IN_QUEUE"
