"""``webhook``: the body of ``/status``, signed, when the job has ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from speech.calls import expire_calls
from speech.models import Call, Speech
from speech.purge import purge_deleted_speeches
from speech.webhooks.rotation import rotate_workspace_secret
from tests.runpod.customer import Customer
from tests.support.callers import run_jobs
from tests.webhooks.conftest import deliver_all
from tests.webhooks.receiver import Receiver

TTS = {"operation": "tts", "text": "Hello."}


def submitted(ada: Customer, hook: Receiver, given: dict) -> str:
    reply = ada.post("run", {"input": given, "webhook": hook.url})
    assert reply.status_code == 200, reply.content
    return str(reply.json()["id"])


def told(ada: Customer, hook: Receiver) -> dict:
    secret, _until = rotate_workspace_secret(workspace=ada.caller.workspace)
    deliver_all()
    (arrived,) = hook.received
    hook.received.clear()
    body: dict = arrived.verified(secret)
    return body


def test_it_is_what_status_says(ada: Customer, receiver: Receiver) -> None:
    job_id = submitted(ada, receiver, TTS)
    run_jobs()
    body = told(ada, receiver)
    assert body["output"]["audio"]
    assert body == ada.status(job_id)


@pytest.mark.parametrize("given", [{"operation": "list_local_voices"}, {"operation": "nothing"}])
def test_what_is_known_at_once_is_told_as_well(
    ada: Customer,
    receiver: Receiver,
    given: dict,
) -> None:
    job_id = submitted(ada, receiver, given)
    assert told(ada, receiver) == ada.status(job_id)


def test_a_cancelled_job_is_told_of(ada: Customer, receiver: Receiver) -> None:
    job_id = submitted(ada, receiver, TTS)
    ada.post(f"cancel/{job_id}", b"")
    body = told(ada, receiver)
    assert (body["id"], body["status"]) == (job_id, "CANCELLED")


def test_a_result_that_is_gone_by_then_is_said_to_be(
    ada: Customer,
    receiver: Receiver,
) -> None:
    job_id = submitted(ada, receiver, TTS)
    run_jobs()
    Call.objects.update(expires_at=timezone.now())
    expire_calls()
    purge_deleted_speeches()
    assert Speech.objects.get().audio_name == ""
    body = told(ada, receiver)
    assert (body["id"], body["status"]) == (job_id, "COMPLETED")
    assert body["output"] == {"error": "The result is no longer kept."}


@pytest.mark.parametrize(("given", "status"), [(TTS, "COMPLETED"), ({}, "FAILED")])
def test_a_call_that_is_forgotten_by_then_is_said_to_be(
    ada: Customer,
    receiver: Receiver,
    given: dict,
    status: str,
) -> None:
    job_id = submitted(ada, receiver, given)
    run_jobs()
    Call.objects.update(expires_at=timezone.now() - timedelta(days=5))
    expire_calls()
    assert not Call.objects.exists()
    body = told(ada, receiver)
    assert (body["id"], body["status"]) == (job_id, status)
    assert "no longer kept" in str(body)
