"""What those who wait are answered when the server ends, in each dialect's own form."""

import json

import pytest
from django.test import RequestFactory

from speech.models import Speech
from tests.speech.asking import ask
from tests.support.callers import Caller, make_caller
from voiceclone.api.chatterbox.views import FINISHER
from voiceclone.api.venice.events import FRAMING
from voiceclone.api.waiting import WaitFor, framing_of
from voiceclone.front.pending import Pending

pytestmark = pytest.mark.django_db

SENTENCE = "The service is restarting. Please try again."


@pytest.fixture
def ada(db: None) -> Caller:
    return make_caller("Ada's workspace")


def refusal(path: str, speech: Speech) -> dict:
    deferred = WaitFor(speech, seconds=1, finish=FINISHER)
    answer = Pending(RequestFactory().post(path), deferred).refuse()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    return json.loads(answer.content)


@pytest.mark.parametrize("path", ["/v1/audio/speech", "/api/v1/audio/speech"])
def test_openai_s_clients_are_answered_in_their_form(ada: Caller, path: str) -> None:
    error = refusal(path, ask(ada))["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["message"], error["code"]) == (SENTENCE, "unavailable")


def test_a_stream_of_openai_s_events_ends_with_it_as_well(ada: Caller) -> None:
    assert last_event(ask(ada), is_stopping=True)["error"]["message"] == SENTENCE


def test_a_stream_whose_audio_was_deleted_meanwhile_ends_with_that(ada: Caller) -> None:
    speech = Speech.get(ada.own_speech(text="Hi."))
    error = last_event(speech, is_stopping=False)["error"]
    assert (error["code"], error["message"]) == ("speech_not_found", "The audio was deleted.")


def last_event(speech: Speech, *, is_stopping: bool) -> dict:
    """Return what the last event says where a stream does not come to its end."""
    state = {"job_kind": "speech.speech", "job_id": speech.pk}
    failed = framing_of(FRAMING).failed
    assert failed is not None
    said = failed(state, is_stopping).decode()
    assert said.endswith("\n\n")
    event: dict = json.loads(said.removeprefix("data: "))
    assert event["type"] == "error"
    return event


def test_runpod_s_clients_are_answered_in_their_form(ada: Caller) -> None:
    assert refusal("/v2/any/runsync", ask(ada)) == {"error": SENTENCE}


def test_the_chatterbox_endpoint_answers_in_its_form(ada: Caller) -> None:
    body = refusal("/v1/chatterbox/text-to-speech", ask(ada))
    assert set(body) == {"code", "message", "build_number"}
    assert (body["code"], body["message"]) == (503, SENTENCE)
