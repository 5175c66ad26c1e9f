"""POST /audio/speech: how it can end otherwise than with the audio, and what a repeat gets."""

from typing import Any

import pytest

from inference.engines.base import EngineError
from inference.engines.espeak import EspeakEngine
from inference.engines.registry import close_engines
from inference.jobs import notices
from inference.jobs.fair_scheduler import claim_next
from speech.models import Speech
from tests.support.callers import Caller
from tests.venice.asking import assert_error, speak, spoken

pytestmark = pytest.mark.usefixtures("working")


def test_out_of_credits_is_402_and_not_to_be_sent_again(poor: Caller) -> None:
    reply = speak(poor)
    error = assert_error(reply, 402, "insufficient_quota")
    assert error["type"] == "insufficient_quota"
    assert "26" in error["message"]
    assert "10" in error["message"]
    assert reply.headers["x-should-retry"] == "false"
    assert "Retry-After" not in reply.headers
    assert poor.credits() == 10


@pytest.mark.parametrize("text", [".....", "今日は良い天気です。", "<|>"])
def test_text_that_cannot_be_read_is_400_and_never_charged(ada: Caller, text: str) -> None:
    assert_error(speak(ada, input=text), 400, "no_speech", param="input")
    assert ada.credits() == 10_000
    assert not Speech.objects.exists()


def test_text_without_speech_in_it_is_400_and_refunded(ada: Caller) -> None:
    reply = speak(ada, input="<break/>")
    assert_error(reply, 400, "no_speech")
    assert reply.headers["x-should-retry"] == "false"
    assert ada.credits() == 10_000


def test_a_failing_engine_is_500_and_refunded(ada: Caller, monkeypatch) -> None:
    def fail(*_args: Any, **_options: Any) -> Any:
        raise EngineError("ENGINE_FAILED", "The engine fell over.", retryable=True)

    monkeypatch.setattr(EspeakEngine, "synthesize", fail)
    close_engines()
    reply = speak(ada)
    error = assert_error(reply, 500, "engine_failed", message="The engine fell over.")
    assert error["type"] == "server_error"
    assert reply.headers["x-should-retry"] == "false"
    assert ada.credits() == 10_000


@pytest.mark.parametrize("fields", [{}, {"streaming": True}])
def test_what_takes_too_long_is_504_ended_and_refunded(
    ada: Caller, monkeypatch, settings, fields: dict[str, Any]
) -> None:
    settings.SPEECH_WAIT_SECONDS = 12
    waits = []
    monkeypatch.setattr(notices, "wait", lambda _job, seconds: waits.append(seconds))
    reply = speak(ada, **fields)
    error = assert_error(reply, 504, "timed_out")
    assert "12 seconds" in error["message"]
    assert waits == [12]
    assert Speech.objects.get().state == "TIMED_OUT"
    assert ada.credits() == 10_000


def test_a_speech_cancelled_meanwhile_is_409_and_refunded(ada: Caller, monkeypatch) -> None:
    def cancelled(job_id: str, _seconds: float) -> bool:
        assert ada.send(f"/api/v1/tts/{job_id}/cancel").status_code == 200
        return True

    monkeypatch.setattr(notices, "wait", cancelled)
    reply = speak(ada)
    assert_error(reply, 409, "cancelled")
    assert reply.headers["x-should-retry"] == "false"
    assert ada.credits() == 10_000


# ------------------------------------------------------------------ sent again


@pytest.mark.anydb
def test_the_same_key_answers_with_the_same_audio_and_charges_once(ada: Caller) -> None:
    key = {"Idempotency-Key": "speech-1"}
    first, second = (speak(ada, headers=key) for _ in range(2))
    assert spoken(first) == spoken(second)
    assert first.headers["x-speech-id"] == second.headers["x-speech-id"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert ada.credits() == 10_000 - 26
    assert_error(speak(ada, input="Other.", headers=key), 422, "idempotency_mismatch")
    assert_error(speak(ada, headers={"Idempotency-Key": "é"}), 400, "invalid_idempotency_key")


def test_a_stream_under_the_same_key_is_answered_from_storage(ada: Caller) -> None:
    key = {"Idempotency-Key": "speech-1"}
    first, second = (speak(ada, headers=key, streaming=True) for _ in range(2))
    assert spoken(first) == spoken(second)
    assert second.headers["x-model"] == Speech.objects.get().model


def test_openai_s_clients_own_retry_is_not_charged_twice(ada: Caller) -> None:
    first = speak(ada, headers={"x-stainless-retry-count": "0"})
    again = speak(ada, headers={"x-stainless-retry-count": "1"})
    assert spoken(first) == spoken(again)
    assert ada.credits() == 10_000 - 26


@pytest.mark.anydb
def test_the_retry_of_a_request_that_was_hung_up_on_is_a_new_try(ada: Caller, monkeypatch) -> None:
    with monkeypatch.context() as late:
        late.setattr(notices, "wait", lambda *_: False)
        late.setattr(
            "voiceclone.api.venice.endings.time_out_speech", lambda speech, seconds: speech
        )
        speak(ada, headers={"x-stainless-retry-count": "0"})
    assert claim_next() is not None
    Speech.objects.update(cancel_requested=True)  # and its worker has not looked yet
    again = speak(ada, headers={"x-stainless-retry-count": "1"})
    assert spoken(again)
    assert Speech.objects.count() == 2


def test_a_deleted_speech_is_not_answered_again(ada: Caller) -> None:
    key = {"Idempotency-Key": "speech-1"}
    first = speak(ada, headers=key)
    ada.delete(f"/api/v1/tts/{first.headers['x-speech-id']}")
    assert_error(speak(ada, headers=key), 404, "speech_not_found")
