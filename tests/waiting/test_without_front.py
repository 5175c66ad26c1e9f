"""The same views where no front waits: under a plain WSGI server and Django's test client."""

import pytest
from django.core.files.storage import default_storage

from speech.models import Speech
from tests.support.callers import UNSPEAKABLE, Caller, make_caller
from tests.support.waiting import jobs_done_while_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


@pytest.fixture
def ada(settings) -> Caller:
    settings.ROOT_URLCONF = "tests.waiting.urls"
    settings.RATELIMIT_ENABLE = False
    return make_caller("Ada")


def test_a_request_waits_for_its_job(ada: Caller) -> None:
    with jobs_done_while_waiting():
        reply = ada.send("/api/waiting", {"text": "Good morning.", "mark": "7"})
    assert reply.status_code == 200
    assert (reply.json()["state"], reply.json()["mark"]) == ("COMPLETED", "7")
    assert reply.headers["x-view"] == reply.json()["id"]
    assert int(reply.headers["X-RateLimit-Limit"]) > 0


def test_time_that_runs_out_is_told_to_the_finisher(ada: Caller) -> None:
    reply = ada.send("/api/waiting", {"text": "Good morning.", "seconds": 0.01})
    assert (reply.status_code, reply.json()["state"]) == (504, "QUEUED")


def test_audio_that_would_be_sent_live_is_sent_when_it_is_whole(ada: Caller) -> None:
    with jobs_done_while_waiting():
        reply = ada.send("/api/waiting", {"text": "Good morning.", "live": True})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "audio/wav")
    speech = Speech.get(reply.headers["x-speech"])
    with default_storage.open(speech.audio_name) as file:
        assert b"".join(reply.streaming_content) == file.read()
    assert reply.headers["x-view"] == speech.pk


def test_a_framing_is_kept_where_audio_is_whole(ada: Caller) -> None:
    asked = {"text": "Good morning.", "live": True, "framing": "tests.marked", "mark": "end"}
    with jobs_done_while_waiting():
        reply = ada.send("/api/waiting", asked)
    written = b"".join(reply.streaming_content)
    assert written.startswith(b"<[")
    assert written.endswith(b"]end>")


def test_a_speech_that_fails_is_answered_by_the_finisher(ada: Caller) -> None:
    with jobs_done_while_waiting():
        reply = ada.send("/api/waiting", {"text": UNSPEAKABLE, "live": True})
    assert (reply.status_code, reply.json()["state"]) == (502, "FAILED")
