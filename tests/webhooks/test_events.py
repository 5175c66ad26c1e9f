"""What is told, to whom, and that it is written with what it tells of."""

import json

import pytest
from django.db import transaction

from accounts.transactions import TransactionRequiredError
from billing.operations import charge, grant
from inference.jobs.lifecycle import Outcome, claim, complete, fail, request_cancel
from inference.jobs.model import JobState
from speech.models import Delivery, Speech, WebhookEndpoint, WebhookEvent
from speech.webhooks.emit import emit
from speech.webhooks.endpoints import change_endpoint, create_endpoint, delete_endpoint
from tests.webhooks.conftest import SPOKEN, finish, register, submitted
from voices.models import Voice

pytestmark = pytest.mark.anydb


def only_event() -> WebhookEvent:
    return WebhookEvent.objects.get()


def test_a_speech_that_completes_is_told_of(ada, hook):
    held = submitted(ada, "Hello")
    finish(held)
    event = only_event()
    assert (event.type, event.job_id) == ("speech.completed", held.job.pk)
    assert event.data == {
        "id": held.job.pk,
        "voiceId": held.job.voice_id,
        "status": "COMPLETED",
        "creditsUsed": 5,
        "format": "mp3",
        "duration": 1.5,
        "engine": "espeak",
        "model": "m",
        "seed": held.job.seed,
        "audioUrl": None,
    }
    assert event.audio["name"] == "speeches/one.mp3"
    assert [delivery.event_id for delivery in hook.deliveries()] == [event.pk]


def test_a_speech_that_fails_is_told_of_with_its_reason_and_refund(ada, hook):
    fail(submitted(ada), code="ENGINE_FAILED", message="It did not work.")
    event = only_event()
    assert event.type == "speech.failed"
    assert event.data["status"] == "FAILED"
    assert event.data["creditsUsed"] == 0
    assert event.data["error"] == {"code": "ENGINE_FAILED", "message": "It did not work."}
    assert event.audio is None


def test_a_speech_that_is_cancelled_has_failed(ada, hook):
    held = submitted(ada)
    Speech.objects.filter(pk=held.job.pk).update(state=JobState.QUEUED, lease_until=None)
    request_cancel(Speech, held.job.pk)
    assert (only_event().type, only_event().data["error"]["code"]) == (
        "speech.failed",
        "CANCELLED",
    )


@pytest.mark.parametrize("well", [True, False])
def test_a_voice_is_told_of(ada, hook, well):
    voice = Voice.objects.create(
        workspace=ada.workspace,
        title="Ada",
        reference_name="voices/r.mp3",
        reference_type="audio/mpeg",
        duration=2.0,
    )
    held = claim(Voice, voice.pk)
    if well:
        complete(held, Outcome({"engine": "espeak", "model": "m"}))
    else:
        fail(held, code="NO_SPEECH", message="There is no speech in it.")
    event = only_event()
    assert event.type == ("voice.completed" if well else "voice.failed")
    assert (event.data["id"], event.data["title"]) == (voice.pk, "Ada")
    assert ("error" in event.data, event.audio is None) == (not well, not well)


def test_an_event_is_written_with_what_it_tells_of_or_not_at_all(ada, hook):
    held = submitted(ada)

    def breaks() -> None:
        raise RuntimeError("at the very end")

    with pytest.raises(RuntimeError):
        complete(held, Outcome(SPOKEN.fields, record=breaks))
    assert Speech.get(held.job.pk).state == JobState.RUNNING
    assert not WebhookEvent.objects.exists()
    assert not Delivery.objects.exists()
    finish(held)
    assert WebhookEvent.objects.count() == Delivery.objects.count() == 1


def test_nothing_is_written_where_nobody_listens(ada, grace, receiver):
    register(grace.workspace, receiver)
    register(ada.workspace, receiver, events=["voice.completed"])
    change_endpoint(endpoint=register(ada.workspace, receiver).endpoint, enabled=False)
    delete_endpoint(endpoint=register(ada.workspace, receiver).endpoint)
    finish(submitted(ada))
    assert not WebhookEvent.objects.exists()


def test_each_endpoint_that_listens_is_told(ada, hook, receivers):
    other = register(ada.workspace, receivers(), events=["speech.completed"])
    finish(submitted(ada))
    assert hook.deliveries()[0].event_id == other.deliveries()[0].event_id


def test_the_words_spoken_are_not_in_the_event(ada, hook):
    finish(submitted(ada, "The secret is out"))
    assert "secret" not in json.dumps(only_event().data)


@pytest.mark.django_db(transaction=True)
def test_deleting_an_endpoint_cannot_stand_in_the_way_of_a_job(ada, hook):
    held = submitted(ada)
    with transaction.atomic():
        complete(held, SPOKEN)  # has seen the endpoint and written a delivery to it
        delete_endpoint(endpoint=hook.endpoint)
    assert Speech.get(held.job.pk).state == JobState.COMPLETED
    assert WebhookEndpoint.objects.get().secret == ""


def spend(caller, amount, job_id):
    with transaction.atomic():
        charge(workspace=caller.workspace, amount=amount, job_id=job_id)


def test_low_credits_are_told_once_each_time_they_fall_below_the_threshold(ada, hook, settings):
    settings.CREDITS_LOW_THRESHOLD = 1000
    left = ada.credits()
    spend(ada, left - 1000, "one")  # exactly 1000 left: not below
    assert not WebhookEvent.objects.exists()
    spend(ada, 1, "two")
    assert only_event().type == "credits.low"
    assert only_event().data == {"credits": 999, "threshold": 1000}
    spend(ada, 500, "three")
    assert WebhookEvent.objects.count() == 1
    with transaction.atomic():
        grant(workspace=ada.workspace, amount=5000)
    spend(ada, 5000, "four")
    assert WebhookEvent.objects.count() == 2


def test_a_charge_that_is_taken_back_tells_nothing(ada, hook):
    with transaction.atomic():
        charge(workspace=ada.workspace, amount=ada.credits(), job_id="one")
        assert WebhookEvent.objects.exists()
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_what_happened(ada, hook):
    with pytest.raises(TransactionRequiredError):
        emit(workspace=ada.workspace, event_type="credits.low", data={})


def test_a_workspace_has_at_most_ten_endpoints(ada, receiver):
    from speech.webhooks.errors import TooManyEndpointsError

    made = [register(ada.workspace, receiver) for _ in range(10)]
    with pytest.raises(TooManyEndpointsError):
        create_endpoint(workspace=ada.workspace, url=receiver.url, events=[])
    delete_endpoint(endpoint=made[0].endpoint)
    register(ada.workspace, receiver)
