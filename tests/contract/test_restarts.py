"""What those who wait are answered when the server ends, in each dialect's own form."""

import json

import pytest
from django.test import RequestFactory

from speech.models import Speech
from tests.speech.asking import ask
from tests.support.callers import Caller, make_caller
from voiceclone.api.chatterbox.views import FINISHER
from voiceclone.api.waiting import WaitFor
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


def test_runpod_s_clients_are_answered_in_their_form(ada: Caller) -> None:
    assert refusal("/v2/any/runsync", ask(ada)) == {"error": SENTENCE}


def test_the_chatterbox_endpoint_answers_in_its_form(ada: Caller) -> None:
    body = refusal("/v1/chatterbox/text-to-speech", ask(ada))
    assert set(body) == {"code", "message", "build_number"}
    assert (body["code"], body["message"]) == (503, SENTENCE)
