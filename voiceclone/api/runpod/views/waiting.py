"""Answers that wait until a call's job has ended."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from speech.models import Call
from voiceclone.api.runpod.errors import ApiError, error_response
from voiceclone.api.runpod.inputs import WaitInput
from voiceclone.api.runpod.responses import NO_JOB, answer, brief
from voiceclone.api.waiting import WaitFor, finisher

FINISH_STATUS, FINISH_CANCEL = "runpod.status", "runpod.cancel"
CANCEL_SECONDS = 2.0
"""How long a cancelled job that runs is given to stop; RunPod's client waits three seconds."""


def wait_seconds(request: Request) -> float:
    """Return for how long the request's answer may wait."""
    query = WaitInput(data=request.query_params.dict())
    query.is_valid(raise_exception=True)
    return float(query.validated_data["wait"]) / 1000


def once_settled(call: Call, seconds: float) -> HttpResponseBase:
    """Answer as ``/status`` does, once the call has ended or ``seconds`` are over."""
    if call.job is None or call.job.is_final:
        return answer(call)
    return WaitFor(call.job, seconds=seconds, finish=FINISH_STATUS, state={"call": str(call.pk)})


def once_stopped(call: Call) -> HttpResponseBase:
    """Answer to a cancellation, once the job has stopped."""
    if call.job is None or call.job.is_final:
        return JsonResponse(brief(call))
    return WaitFor(
        call.job, seconds=CANCEL_SECONDS, finish=FINISH_CANCEL, state={"call": str(call.pk)}
    )


@finisher(FINISH_STATUS)
def finish_status(
    _request: HttpRequest,
    state: dict[str, Any],
    _timed_out: bool,  # noqa: FBT001 - the finisher's form
) -> HttpResponseBase:
    """Answer with the call as it stands now."""
    call = _call(state)
    try:
        return error_response(404, "", NO_JOB) if call is None else answer(call)
    except ApiError as error:
        return error_response(error.status, "", error.message)


@finisher(FINISH_CANCEL)
def finish_cancel(
    _request: HttpRequest,
    state: dict[str, Any],
    _timed_out: bool,  # noqa: FBT001 - the finisher's form
) -> HttpResponseBase:
    """Answer with what the call has come to."""
    call = _call(state)
    return error_response(404, "", NO_JOB) if call is None else JsonResponse(brief(call))


def _call(state: dict[str, Any]) -> Call | None:
    calls = Call.objects.select_related("speech", "voice")
    found: Call | None = calls.filter(pk=state["call"]).first()
    return found
