"""What this dialect answers: a call as ``/status`` shows it."""

from datetime import datetime
from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase

from inference.jobs.model import Job, JobState
from speech.models import Call
from voiceclone.api.runpod.errors import ApiError
from voiceclone.api.runpod.outputs import AUDIO_FIELDS, audio_name, output_of
from voiceclone.api.runpod.streamed_json import with_audio

STATUSES = {
    JobState.QUEUED: "IN_QUEUE",
    JobState.RUNNING: "IN_PROGRESS",
    JobState.COMPLETED: "COMPLETED",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "CANCELLED",
    JobState.TIMED_OUT: "TIMED_OUT",
}
NO_JOB = "Job not found"


def status_of(call: Call) -> str:
    """Return where a call stands, in this dialect's words."""
    job = call.job
    if job is None:
        return "FAILED" if call.error else "COMPLETED"
    return STATUSES[JobState(job.state)]


def brief(call: Call) -> dict[str, Any]:
    """Return a call without what came of it."""
    return {"id": str(call.pk), "status": status_of(call)}


def in_full(call: Call) -> dict[str, Any]:
    """Return a call as ``/status`` shows it, its audio left out."""
    job = call.job
    status = status_of(call)
    body = brief(call) | _times(job)
    if status == "COMPLETED":
        body["output"] = output_of(call)
    elif status in ("FAILED", "TIMED_OUT", "CANCELLED"):
        body["error"] = call.error if job is None else job.error_message
    return body


def answer(call: Call) -> HttpResponseBase:
    """Return the answer to ``/status``.

    Raises:
        ApiError: the audio was removed at this moment.
    """
    body = in_full(call)
    name = audio_name(call) if body["status"] == "COMPLETED" else ""
    if not name:
        return JsonResponse(body)
    try:
        response: HttpResponseBase = with_audio(
            body, body["output"], AUDIO_FIELDS[call.operation], name
        )
    except FileNotFoundError as error:
        raise ApiError(404, NO_JOB) from error
    return response


def _times(job: Job | None) -> dict[str, int]:
    if job is None:
        return {"delayTime": 0, "executionTime": 0}
    times = {}
    if job.started_at is not None:
        times["delayTime"] = _milliseconds(job.created_at, job.started_at)
        if job.finished_at is not None:
            times["executionTime"] = _milliseconds(job.started_at, job.finished_at)
    return times


def _milliseconds(since: datetime, until: datetime) -> int:
    return max(0, round((until - since).total_seconds() * 1000))
