"""What the Chatterbox dialect answers: calls and their speeches in the documented shapes."""

import uuid
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings

from accounts.models import Workspace
from inference.jobs.model import JobState
from speech.models import Call, Speech, WebhookEvent
from speech.queries import queued_jobs
from voiceclone import __version__
from voiceclone.api.audio import speech_audio_url
from voiceclone.api.faults import FAULTS_OF_THE_REQUEST

DIALECT = "chatterbox"
PATH = "/v1/chatterbox"
UNLIMITED = "unlimited"
_STATUS = {
    JobState.COMPLETED: HTTPStatus.OK,
    JobState.FAILED: HTTPStatus.INTERNAL_SERVER_ERROR,
    JobState.CANCELLED: HTTPStatus.CONFLICT,
    JobState.TIMED_OUT: HTTPStatus.GATEWAY_TIMEOUT,
}
_BUILD = {"build_number": __version__}


def short_refusal(status: int, message: str) -> dict[str, Any]:
    """Return a refusal of a request that nobody has read."""
    return {"code": status, "message": message, **_BUILD}


def refusal(
    status: int, message: str, *, asked_id: str | None, workspace: Workspace
) -> dict[str, Any]:
    """Return a refusal of a request that made no job; its ``job_id`` is of this answer alone."""
    return {
        "code": status,
        "id": asked_id,
        "job_id": str(made_up := uuid.uuid4()),
        "message": message,
        **_numbers(made_up),
        **_counted(workspace),
    }


def accepted(call: Call) -> dict[str, Any]:
    """Return the answer to a request whose result goes to a webhook."""
    return {
        "code": int(HTTPStatus.ACCEPTED),
        **_named(call),
        "message": "processing",
        **_numbers(call.pk),
        "max_queue_length": settings.MAX_QUEUE_LENGTH or UNLIMITED,
        **_counted(call.workspace),
    }


def finished(call: Call) -> dict[str, Any]:
    """Return the result of a call whose speech has ended; ``code`` is the status to answer."""
    speech = speech_of(call)
    status, message = _outcome(speech)
    succeeded = status == HTTPStatus.OK
    return {
        "code": int(status),
        **_named(call),
        **({"response": speech_audio_url(speech)} if succeeded else {}),
        "message": message,
        **(_times(speech) if succeeded else {}),
        **_numbers(call.pk),
        **_counted(call.workspace),
    }


def webhook(event: WebhookEvent) -> dict[str, Any]:
    """Return what a webhook is told of a call's end."""
    call = Call.objects.select_related("speech", "workspace").get(pk=event.data["callId"])
    speech = speech_of(call)
    status, message = _outcome(speech)
    succeeded = status == HTTPStatus.OK
    told = (HTTPStatus.OK, HTTPStatus.BAD_REQUEST)
    return {
        "endpoint": f"{PATH}/{call.operation}",
        "code": int(status if status in told else HTTPStatus.INTERNAL_SERVER_ERROR),
        **_named(call),
        "response": speech_audio_url(speech) if succeeded else None,
        "message": message,
        **_numbers(call.pk),
        **_times(speech),
        **_counted(call.workspace),
    }


def speech_of(call: Call) -> Speech:
    """Return the speech that a call of this dialect was recorded with."""
    assert call.speech is not None
    return call.speech


def _outcome(speech: Speech) -> tuple[HTTPStatus, str]:
    if speech.state == JobState.FAILED and speech.error_code in FAULTS_OF_THE_REQUEST:
        return HTTPStatus.BAD_REQUEST, speech.error_message
    if speech.state != JobState.COMPLETED:
        return _STATUS[JobState(speech.state)], speech.error_message
    if speech.deleted_at is not None:
        return HTTPStatus.NOT_FOUND, "The audio of this request was deleted"
    return HTTPStatus.OK, "success"


def _named(call: Call) -> dict[str, Any]:
    return {"id": call.asked["id"], "job_id": str(call.pk)}


def _numbers(job_id: uuid.UUID) -> dict[str, int]:
    """Return numbers in the place of a process and a queue, which say nothing of our machines."""
    return {"pid": 1 + job_id.int % 32_767, "queue_id": job_id.int >> 100}


def _times(speech: Speech) -> dict[str, float]:
    """Return how long a speech that has ended waited and was in work, in seconds.

    The total is the sum of the two as they are written.
    """
    assert speech.finished_at is not None
    taken_up = speech.started_at or speech.finished_at
    run, queue = _seconds(taken_up, speech.finished_at), _seconds(speech.created_at, taken_up)
    return {"run_time": run, "queue_time": queue, "total_time": round(run + queue, 3)}


def _seconds(start: datetime, end: datetime) -> float:
    return round(max(0.0, (end - start).total_seconds()), 3)


def _counted(workspace: Workspace) -> dict[str, Any]:
    return {"queue_length": queued_jobs(workspace), **_BUILD}
