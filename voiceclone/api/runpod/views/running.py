"""Submitting a job, and submitting a failed one again."""

from datetime import timedelta

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from inference.jobs.idempotency import submit_once
from speech.models import Call
from speech.operations import SUBMITTED_AS as SPEECH
from speech.retries import limits_of, retry
from voiceclone.api.authentication import actor_of, workspace_of
from voiceclone.api.idempotency import REPLAYED_HEADER, once_of
from voiceclone.api.request_id import request_id_of
from voiceclone.api.runpod import documentation as doc
from voiceclone.api.runpod.calls import find, known_call, submitted
from voiceclone.api.runpod.errors import ApiError
from voiceclone.api.runpod.inputs import RunInput
from voiceclone.api.runpod.operations.cloning import name_taken
from voiceclone.api.runpod.operations.table import OPERATIONS
from voiceclone.api.runpod.responses import brief
from voiceclone.api.runpod.views.base import RunpodView, json_object
from voiceclone.api.runpod.views.waiting import once_settled, wait_seconds
from voices.operations import NameTakenError

KEPT = timedelta(minutes=30).total_seconds()
KEPT_SYNC = timedelta(minutes=1).total_seconds()
"""How long results are kept, from the end of the job."""


def _parsed(request: Request) -> RunInput:
    body = RunInput(data=json_object(request))
    body.is_valid(raise_exception=True)
    return body


def _marked(response: HttpResponseBase, *, replayed: bool) -> HttpResponseBase:
    if replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response


class RunView(RunpodView):
    """Submitting a job."""

    @doc.run
    def post(self, request: Request, endpoint_id: str) -> HttpResponseBase:
        """Submit a job and answer at once. Poll `/status/{job_id}` for its output."""
        call, replayed = submitted(request, endpoint_id, _parsed(request), keep_seconds=KEPT)
        shown = brief(call) if replayed else brief(call) | {"status": "IN_QUEUE"}
        return _marked(JsonResponse(shown), replayed=replayed)


class RunSyncView(RunpodView):
    """Submitting a job and waiting for it."""

    @doc.run_sync
    def post(self, request: Request, endpoint_id: str) -> HttpResponseBase:
        """Submit a job and answer when it has ended, or as it stands when `wait` is over."""
        body, seconds = _parsed(request), wait_seconds(request)
        call, replayed = submitted(request, endpoint_id, body, keep_seconds=KEPT_SYNC)
        return _marked(once_settled(call, seconds), replayed=replayed)


class RetryView(RunpodView):
    """Submitting a failed job again."""

    @doc.retry
    def post(self, request: Request, endpoint_id: str, job_id: str) -> HttpResponseBase:
        """Do a `FAILED` or `TIMED_OUT` job once more, under the same id; it is charged anew."""
        call = known_call(request, endpoint_id, job_id)
        workspace = workspace_of(request)
        once = once_of(request, {})
        operation = OPERATIONS.get(call.operation)

        def again() -> Call:
            retry(
                call=call,
                limits=limits_of(call),
                request_id=request_id_of(request._request),  # noqa: SLF001 - DRF wraps it so
                actor=actor_of(request),
                once=once,
            )
            return find(workspace, endpoint_id, job_id)

        if call.job is None and call.error:
            raise ApiError(409, "The input was refused; send it anew")
        try:
            made, replayed = submit_once(
                workspace,
                once,
                SPEECH if operation is None else operation.submitted_as,
                find=lambda _job_id: find(workspace, endpoint_id, job_id),
                submit=again,
            )
        except NameTakenError as error:
            raise ApiError(409, name_taken(call.voice.title if call.voice else "")) from error
        return _marked(JsonResponse(brief(made or call)), replayed=replayed)
