"""What is answered: the audio, that it will come, or why not."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Scope
from inference.audio.decode import decode, probe
from inference.jobs import notices
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.runner import run_claimed
from speech.models import Speech
from speech.operations import cancel_speech
from tests.chatterbox_api.asking import (
    ACCEPTED,
    CLONING,
    REFUSAL,
    SPEAKING,
    TEXT,
    clone,
    refused,
    said,
    speak,
    spoken,
)
from tests.support.callers import Caller, make_caller, nobody, run_jobs
from voiceclone.api import rate_limit

HOOK = "https://example.com/hook"
LATE = "The audio was not ready within 0.2 seconds. Nothing was charged."


def fetched(url: str) -> bytes:
    path = "/files/" + url.partition("/files/")[2]
    reply: Any = Client().get(path)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "audio/wav"
    return b"".join(reply.streaming_content)


@pytest.mark.anydb
def test_cloned_speech_is_answered_once_it_is_there(
    ada: Caller, working: None, reference: str
) -> None:
    body = spoken(clone(ada, reference, id="voice-clone-123"))
    assert (body["id"], body["message"], body["queue_length"]) == ("voice-clone-123", "success", 0)
    audio = io.BytesIO(fetched(body["response"]))
    info = probe(audio)
    assert (info.container, info.rate) == ("wav", 24_000)
    assert len(decode(audio, rate=24_000, max_seconds=60)) > 12_000
    assert ada.credits() == 10_000 - len(TEXT)


def test_speech_in_the_default_voice_is_answered_once_it_is_there(
    ada: Caller, working: None
) -> None:
    body = spoken(speak(ada))
    assert body["id"] is None
    assert fetched(body["response"])[:4] == b"RIFF"


def test_times_are_those_of_the_job(ada: Caller, working: None) -> None:
    body = spoken(speak(ada))
    speech = Speech.objects.get()
    assert speech.started_at
    assert speech.finished_at
    run = (speech.finished_at - speech.started_at).total_seconds()
    queue = (speech.started_at - speech.created_at).total_seconds()
    assert body["run_time"] == pytest.approx(run, abs=0.001)
    assert body["queue_time"] == pytest.approx(queue, abs=0.001)
    assert body["total_time"] == pytest.approx(run + queue, abs=0.002)
    assert body["total_time"] == round(body["run_time"] + body["queue_time"], 3)
    assert body["run_time"] > 0


def test_headers_name_what_spoke(ada: Caller, working: None) -> None:
    reply = speak(ada)
    speech = Speech.objects.get()
    said_by = (reply.headers["x-engine"], reply.headers["x-model"], reply.headers["x-seed"])
    assert said_by == ("espeak", speech.model, str(speech.seed))


def test_with_a_webhook_it_answers_at_once(ada: Caller) -> None:
    body = said(speak(ada, webhook_url=HOOK, id="one"), 202, ACCEPTED)
    assert (body["id"], body["message"], body["queue_length"]) == ("one", "processing", 1)
    assert body["max_queue_length"] == "unlimited"
    assert said(speak(ada, webhook_url=HOOK), 202, ACCEPTED)["queue_length"] == 2
    assert ada.credits() == 10_000 - 2 * len(TEXT)


def test_job_ids_are_those_of_the_calls(ada: Caller) -> None:
    body = said(speak(ada, webhook_url=HOOK), 202, ACCEPTED)
    assert str(Speech.objects.get().call.pk) == body["job_id"]


def test_pid_and_queue_id_come_from_the_job_s_id(ada: Caller, working: None) -> None:
    first = said(speak(ada, webhook_url=HOOK, headers={"Idempotency-Key": "a"}), 202, ACCEPTED)
    run_jobs()
    again = speak(ada, webhook_url=HOOK, headers={"Idempotency-Key": "a"}).json()
    other = said(speak(ada, webhook_url=HOOK), 202, ACCEPTED)
    names = ("job_id", "pid", "queue_id")
    assert [first[name] for name in names] == [again[name] for name in names]
    assert first["queue_id"] != other["queue_id"]


@pytest.mark.anydb
def test_time_that_runs_out_ends_the_job_and_gives_its_price_back(ada: Caller, settings) -> None:
    settings.SYNC_WAIT_SECONDS = 0.2
    body = refused(speak(ada, id="slow"), 504, LATE)
    assert body["id"] == "slow"
    assert (Speech.objects.get().state, ada.credits()) == ("TIMED_OUT", 10_000)
    assert claim_next() is None


def test_time_that_runs_out_ends_a_job_in_work_and_its_audio_is_dropped(
    ada: Caller, settings, monkeypatch
) -> None:
    settings.SYNC_WAIT_SECONDS = 0.2
    claims = []
    wait = notices.wait

    def claimed_meanwhile(job_id: str, seconds: float) -> bool:
        claims.append(claim_next())
        return wait(job_id, seconds)

    monkeypatch.setattr(notices, "wait", claimed_meanwhile)
    refused(speak(ada), 504, LATE)
    assert ada.credits() == 10_000
    (held,) = claims
    assert held is not None
    run_claimed(held)
    speech = Speech.objects.get()
    assert (speech.state, speech.audio_name) == ("TIMED_OUT", "")
    assert (speech.refunded, ada.credits()) == (speech.cost, 10_000)


def test_audio_that_is_there_as_time_runs_out_is_answered(ada: Caller, monkeypatch) -> None:
    def done_too_late(_job_id: str, _seconds: float) -> bool:
        run_jobs()
        return False

    monkeypatch.setattr(notices, "wait", done_too_late)
    assert fetched(spoken(speak(ada))["response"])[:4] == b"RIFF"
    assert ada.credits() == 10_000 - len(TEXT)


def test_a_missing_or_wrong_key_has_the_documented_answer(db: None) -> None:
    for client in (nobody(), nobody(**{"x-api-key": "vc_wrong"}), nobody(Authorization="Basic x")):
        for path in (CLONING, SPEAKING):
            reply = client.post(path, "{}", content_type="application/json")
            body = said(reply, 401, {"code", "message", "build_number"})
            assert body["message"] == "Invalid or missing API key"
            assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["x-api-key", "Authorization"])
def test_a_key_comes_in_either_header(ada: Caller, working: None, header: str) -> None:
    value = ada.written if header == "x-api-key" else f"Bearer {ada.written}"
    client = nobody(**{header: value})
    spoken(client.post(SPEAKING, f'{{"text": "{TEXT}"}}', content_type="application/json"))


def test_who_cannot_pay_is_told_what_is_missing(db: None) -> None:
    poor = make_caller("Tim", balance=5)
    reply = speak(poor, id="dear")
    body = said(reply, 402, REFUSAL | {"credits", "needCredits"})
    assert (body["message"], body["id"]) == ("Insufficient credits", "dear")
    assert (body["credits"], body["needCredits"]) == (5, len(TEXT))
    assert reply.headers["x-should-retry"] == "false"
    assert "Retry-After" not in reply.headers
    assert (poor.credits(), Speech.objects.count()) == (5, 0)


def test_a_key_without_the_scope_is_refused(db: None) -> None:
    voices_only = make_caller("Ada", scopes=[Scope.VOICES])
    refused(speak(voices_only), 403, "This API key lacks the scope speech")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(ada: Caller, method: str) -> None:
    reply = ada.send(SPEAKING, {"text": TEXT}, method=method)
    refused(reply, 405, "Method not allowed")
    assert reply.headers["Allow"] == "POST"


def test_other_content_types_are_refused(ada: Caller) -> None:
    reply = ada.send(SPEAKING, {"text": TEXT}, content_type="text/plain")
    refused(reply, 415, "Content-Type must be application/json")


@pytest.mark.parametrize("path", ["/v1/chatterbox", "/v1/chatterbox/", f"{SPEAKING}/x"])
def test_unknown_paths_are_answered_in_this_form(ada: Caller, path: str) -> None:
    body = said(ada.send(path, {}), 404, {"code", "message", "build_number"})
    assert body["message"] == "No such endpoint"


def test_a_body_of_more_than_a_megabyte_is_refused_unread(ada: Caller) -> None:
    reply = ada.send(SPEAKING, b" " * (1024 * 1024 + 1))
    assert said(reply, 413, {"code", "message", "build_number"})


def test_the_rate_limit_is_answered_in_this_form(ada: Caller, settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = 1
    speak(ada, webhook_url=HOOK)
    reply = speak(ada, webhook_url=HOOK)
    assert said(reply, 429, {"code", "message", "build_number"})
    assert int(reply.headers["Retry-After"]) > 0
    assert Speech.objects.count() == 1
    rate_limit.counters.answered()


def test_a_fault_of_ours_is_answered_in_this_form(ada: Caller, monkeypatch) -> None:
    monkeypatch.setattr("voiceclone.api.chatterbox.views.DEFAULT_VOICE", "Nobody")
    body = said(speak(ada), 500, {"code", "message", "build_number"})
    assert re.fullmatch(r"Internal server error \(request \w+\)", body["message"])


def ended_while_it_waited(act: Callable[[Speech], object], monkeypatch) -> None:
    """Have something done to the speech that a request waits for."""

    def do(_job_id: str, _seconds: float) -> bool:
        act(Speech.objects.get())
        return True

    monkeypatch.setattr(notices, "wait", do)


def test_a_job_that_was_cancelled_meanwhile_says_so(ada: Caller, monkeypatch) -> None:
    ended_while_it_waited(lambda speech: cancel_speech(speech=speech), monkeypatch)
    refused(speak(ada), 409, "The job was cancelled.")
    assert ada.credits() == 10_000
