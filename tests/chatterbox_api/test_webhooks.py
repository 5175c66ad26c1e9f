"""What is sent to the webhook that a request names."""

from collections.abc import Iterator

import pytest

from speech.models import Delivery, Speech
from speech.operations import cancel_speech, delete_speech
from speech.purge import purge_deleted_speeches
from speech.webhooks.rotation import rotate_workspace_secret
from tests.chatterbox_api.asking import ACCEPTED, TEXT, WEBHOOK, clone, said, speak, spoken
from tests.fetch.servers import answering
from tests.support.callers import Caller, run_jobs
from tests.webhooks.conftest import deliver_all, make_due
from tests.webhooks.receiver import Receiver
from voiceclone import __version__


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    with Receiver() as running:
        settings.ALLOWED_FETCH_HOSTS |= {running.netloc}
        yield running


@pytest.fixture
def secret(ada: Caller) -> str:
    """The workspace's own, as its owner has it from the API."""
    return str(rotate_workspace_secret(workspace=ada.workspace)[0])


def told(receiver: Receiver, secret: str) -> dict:
    """Return the one payload that arrived, verified as customers do."""
    deliver_all()
    (arrived,) = receiver.received
    payload: dict = arrived.verified(secret)
    assert set(payload) == WEBHOOK
    assert payload["build_number"] == __version__
    return payload


def test_success_is_told_as_documented(
    ada: Caller, receiver: Receiver, secret: str, reference: str
) -> None:
    accepted = said(clone(ada, reference, id="mine", webhook_url=receiver.url), 202, ACCEPTED)
    deliver_all()
    assert receiver.received == []
    run_jobs()
    payload = told(receiver, secret)
    assert payload["endpoint"] == "/v1/chatterbox/voice-cloning"
    assert (payload["code"], payload["message"], payload["id"]) == (200, "success", "mine")
    for name in ("job_id", "pid", "queue_id"):
        assert payload[name] == accepted[name]
    assert payload["response"].endswith(".wav")
    assert payload["queue_length"] == 0
    total = payload["run_time"] + payload["queue_time"]
    assert payload["total_time"] == round(total, 3)
    assert 0 < payload["run_time"] <= payload["total_time"]
    assert ada.credits() == 10_000 - len(TEXT)


def test_the_other_route_names_itself(ada: Caller, receiver: Receiver, secret: str) -> None:
    speak(ada, webhook_url=receiver.url)
    run_jobs()
    payload = told(receiver, secret)
    assert (payload["endpoint"], payload["id"]) == ("/v1/chatterbox/text-to-speech", None)


def test_failure_is_told_without_audio(ada: Caller, receiver: Receiver, secret: str, serve) -> None:
    gone = serve(answering(b"", status="404 Not Found"))
    clone(ada, gone.url, id="mine", webhook_url=receiver.url)
    run_jobs()
    payload = told(receiver, secret)
    assert (payload["code"], payload["id"], payload["response"]) == (500, "mine", None)
    assert payload["message"] == (
        "Error downloading reference audio: The server answered with status 404."
    )
    assert ada.credits() == 10_000


def test_a_job_that_is_cancelled_is_a_failure(ada: Caller, receiver: Receiver, secret: str) -> None:
    speak(ada, webhook_url=receiver.url)
    cancel_speech(speech=Speech.objects.get())
    payload = told(receiver, secret)
    assert (payload["code"], payload["message"]) == (500, "The job was cancelled.")
    assert (payload["response"], payload["run_time"]) == (None, 0)


def test_audio_that_was_deleted_meanwhile_is_a_failure(
    ada: Caller, receiver: Receiver, secret: str
) -> None:
    speak(ada, webhook_url=receiver.url)
    run_jobs()
    delete_speech(speech=Speech.objects.get())
    purge_deleted_speeches()
    payload = told(receiver, secret)
    assert (payload["code"], payload["response"]) == (500, None)
    assert payload["message"] == "The audio of this request was deleted"


def test_a_delivery_that_fails_is_made_again_with_the_same_content(
    ada: Caller, receiver: Receiver, secret: str
) -> None:
    receiver.status = 503
    speak(ada, webhook_url=receiver.url)
    run_jobs()
    deliver_all()
    receiver.status = 200
    make_due(Delivery.objects.get())
    deliver_all()
    first, second = receiver.received
    assert first.id == second.id
    assert first.verified(secret) == second.verified(secret)
    assert Delivery.objects.get().state == "DELIVERED"


def test_who_waits_is_told_nothing_else(ada: Caller, working: None) -> None:
    spoken(speak(ada))
    assert not Delivery.objects.exists()
