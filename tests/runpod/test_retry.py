"""``/retry``: a failed job done once more under its id, and charged anew."""

import pytest

from inference.jobs.errors import StateConflictError
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.lifecycle import fail
from inference.jobs.model import NO_LIMITS
from speech.models import Call, Speech
from speech.retries import retry
from tests.runpod.customer import Customer, opened, spoken
from tests.support.callers import run_jobs
from voices.models import Voice

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

TTS = {"operation": "tts", "mode": "streaming", "text": "Once more.", "chunk_size": 9}
INPUTS = {
    "speech": {**TTS, "exaggeration": 0.1, "sample_rate": 16_000, "voice_name": "Adam"},
    "reference": {"operation": "tts", "text": "Hi", "reference_audio": spoken()},
    "conversion": {
        "operation": "voice_conversion",
        "input_audio": spoken(1.0),
        "voice_name": "Amy",
    },
    "transfer": {
        "operation": "voice_transfer",
        "transfer_mode": "audio",
        "input_audio": spoken(1.0),
        "target_audio": spoken(5.0),
    },
    "cloning": {"operation": "voice_cloning", "voice_name": "Mine", "reference_audio": spoken()},
    "sample": {
        "operation": "voice_cloning",
        "voice_name": "Mine",
        "reference_audio": spoken(),
        "save_to_library": False,
    },
}


def failed(customer: Customer, **given) -> str:
    job_id, held = customer.in_work(**given)
    fail(held, code="BROKEN", message="It broke.")
    assert customer.status(job_id)["status"] == "FAILED"
    return job_id


@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS)
def test_a_failed_job_goes_well_the_second_time(ada: Customer, given: dict) -> None:
    job_id = failed(ada, **given)
    assert ada.credits() == 10_000
    reply = ada.post(f"retry/{job_id}", b"")
    assert (reply.status_code, reply.json()) == (200, {"id": job_id, "status": "IN_QUEUE"})
    assert ada.status(job_id) == {"id": job_id, "status": "IN_QUEUE"}
    price = 10_000 - ada.credits()
    assert price > 0
    run_jobs()
    said = ada.status(job_id)
    assert said["status"] == "COMPLETED", said
    assert ada.credits() == 10_000 - price
    audio = said["output"].get("audio") or said["output"]["sample_audio"]
    assert opened(audio).getnframes() > 0
    assert ada.get("health").json()["jobs"]["retried"] == 1


def test_it_is_the_same_that_is_made(ada: Customer) -> None:
    job_id = failed(ada, **INPUTS["speech"])
    first = Speech.objects.get()
    ada.post(f"retry/{job_id}", b"")
    second = Speech.objects.exclude(pk=first.pk).get()
    for field in ("text", "format", "seed", "exaggeration", "cfg_weight", "temperature",
                  "sample_rate", "piece_words", "live", "voice_id"):  # fmt: skip
        assert getattr(second, field) == getattr(first, field), field
    first.refresh_from_db()
    assert first.deleted_at is not None  # so that its files go


def test_the_time_a_customer_gave_holds_for_each_try(ada: Customer) -> None:
    policy = {"executionTimeout": 5000, "ttl": 60_000}
    job_id = ada.post("run", {"input": TTS, "policy": policy}).json()["id"]
    _fail_next()
    ada.post(f"retry/{job_id}", b"")
    speech = Call.objects.get(pk=job_id).speech
    assert speech.execution_seconds == 5.0
    assert (speech.deadline - speech.created_at).total_seconds() == pytest.approx(60, abs=1)


def _fail_next() -> None:
    fail(claim_next(), code="BROKEN", message="It broke.")


def test_only_what_has_failed_is_retried(ada: Customer) -> None:
    waiting = ada.submit(**TTS)
    cancelled = ada.submit(**TTS)
    ada.post(f"cancel/{cancelled}", b"")
    for job_id in (waiting, cancelled):
        assert ada.post(f"retry/{job_id}", b"").status_code == 409
    run_jobs()
    reply = ada.post(f"retry/{waiting}", b"")
    assert (reply.status_code, reply.json()) == (409, {"error": "The job has already ended"})
    assert Speech.objects.count() == 2


def test_a_refused_input_is_not_retried(ada: Customer) -> None:
    job_id = ada.submit(operation="nothing")
    reply = ada.post(f"retry/{job_id}", b"")
    assert reply.status_code == 409
    assert reply.json() == {"error": "The input was refused; send it anew"}


def test_without_credits_it_stays_failed(ada: Customer, poor: Customer) -> None:
    job_id = failed(poor, **TTS)
    poor.submit(operation="tts", text="123456789")
    reply = poor.post(f"retry/{job_id}", b"")
    assert reply.status_code == 402
    assert poor.status(job_id)["status"] == "FAILED"


def test_what_is_gone_cannot_be_retried(ada: Customer) -> None:
    voice_id = ada.caller.own_voice(title="Mine")
    job_id = failed(ada, **{**TTS, "voice_name": "Mine"})
    ada.caller.delete(f"/api/v1/voices/{voice_id}")
    reply = ada.post(f"retry/{job_id}", b"")
    assert reply.json() == {"error": "The voice is gone; send the request anew."}
    job_id = failed(ada, **INPUTS["conversion"])
    Speech.objects.filter(call=job_id).update(input_name="speeches/gone.wav")
    reply = ada.post(f"retry/{job_id}", b"")
    assert reply.json() == {"error": "The recording is gone; send the request anew."}
    assert reply.status_code == 409
    assert ada.credits() == 10_000 - 1000


def test_a_name_that_was_taken_meanwhile_is_not_taken_back(ada: Customer) -> None:
    job_id = failed(ada, **INPUTS["cloning"])
    ada.submit(**INPUTS["cloning"])
    reply = ada.post(f"retry/{job_id}", b"")
    assert reply.status_code == 409
    assert reply.json()["error"].startswith("Voice 'Mine' already exists")
    assert Voice.objects.filter(name="Mine").count() == 1


def test_a_retry_sent_twice_is_done_once(ada: Customer) -> None:
    job_id = failed(ada, **TTS)
    replies = [
        ada.post(f"retry/{job_id}", b"", headers={"Idempotency-Key": "again"}) for _ in range(2)
    ]
    assert [reply.json() for reply in replies] == [{"id": job_id, "status": "IN_QUEUE"}] * 2
    assert [reply.headers.get("Idempotent-Replayed") for reply in replies] == [None, "true"]
    assert Speech.objects.count() == 2
    assert ada.credits() == 10_000 - len(TTS["text"])


def test_of_two_retries_at_once_the_second_comes_too_late(ada: Customer) -> None:
    job_id = failed(ada, **TTS)
    seen = Call.objects.select_related("speech").get(pk=job_id)
    ada.post(f"retry/{job_id}", b"")
    with pytest.raises(StateConflictError):
        retry(call=seen, limits=NO_LIMITS, request_id="", actor="key:ada")
    assert Speech.objects.count() == 2
    assert ada.credits() == 10_000 - len(TTS["text"])


def test_the_request_of_before_still_finds_its_job(ada: Customer) -> None:
    key = {"headers": {"Idempotency-Key": "first"}}
    job_id = ada.post("run", {"input": TTS}, **key).json()["id"]
    _fail_next()
    ada.post(f"retry/{job_id}", b"")
    assert ada.post("run", {"input": TTS}, **key).json() == {"id": job_id, "status": "IN_QUEUE"}
    assert Speech.objects.count() == 2
