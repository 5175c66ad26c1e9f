"""What is answered when a speech has come to its end, or has not in time."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from inference.jobs.model import JobState
from speech.models import Speech
from speech.operations import time_out_speech
from voiceclone.api.faults import FAULTS_OF_THE_REQUEST
from voiceclone.api.venice.errors import NOT_AGAIN, error_body
from voiceclone.api.venice.responses import audio
from voiceclone.api.waiting import finisher, job_of

FINISHER = "venice.speech"

_STATUS = {JobState.CANCELLED: 409, JobState.TIMED_OUT: 504}


@finisher(FINISHER)
def _finish(_request: HttpRequest, state: dict[str, Any], timed_out: bool) -> HttpResponseBase:  # noqa: FBT001 - the finishers' own signature
    speech: Speech = job_of(state)
    if timed_out:
        speech = time_out_speech(speech, seconds=settings.SPEECH_WAIT_SECONDS)
    return audio(speech) if speech.state == JobState.COMPLETED else _failure(speech)


def failure_of(speech: Speech) -> tuple[int, dict[str, Any]]:
    """Return the status and the body that say why there is no audio of a speech that has ended."""
    code = speech.error_code
    status = _STATUS.get(JobState(speech.state), 400 if code in FAULTS_OF_THE_REQUEST else 500)
    return status, error_body(status, code.lower(), speech.error_message)


def _failure(speech: Speech) -> JsonResponse:
    """Trying the same again at once would give the same."""
    status, body = failure_of(speech)
    return JsonResponse(body, status=status, headers=NOT_AGAIN)
