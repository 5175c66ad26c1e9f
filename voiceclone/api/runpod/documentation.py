"""This dialect's part of the OpenAPI document."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers as s

from voiceclone.api.documented import COMMON_HEADERS, IDEMPOTENCY_KEY
from voiceclone.api.runpod import examples, inputs

View = TypeVar("View", bound=Callable[..., Any])

TAG = "RunPod"
_STATUSES = ("IN_QUEUE", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")


def _shape(name: str, **fields: Any) -> Any:
    return inline_serializer(name, fields)


def _milliseconds(about: str) -> s.IntegerField:
    return s.IntegerField(required=False, help_text=f"Milliseconds {about}.")


ERROR = _shape("RunpodError", error=s.CharField())
_BRIEF: dict[str, Any] = {"id": s.UUIDField(), "status": s.ChoiceField(_STATUSES)}
BRIEF = _shape("RunpodJob", **_BRIEF)
STATUS = _shape(
    "RunpodStatus",
    **_BRIEF,
    delayTime=_milliseconds("in the queue"),
    executionTime=_milliseconds("in work"),
    output=s.DictField(required=False, help_text="Of a completed job; see its operation."),
    error=s.CharField(required=False, help_text="Why there is no output."),
)
STREAM = _shape(
    "RunpodStream",
    status=s.ChoiceField(_STATUSES),
    stream=s.ListField(
        child=_shape(
            "RunpodChunk",
            output=_shape(
                "RunpodChunkOutput",
                audio=s.CharField(help_text="Base64 of a WAV of its own."),
                sample_rate=s.IntegerField(),
                chunk=s.IntegerField(help_text="Counts from 1."),
                duration=s.FloatField(help_text="Seconds."),
            ),
        )
    ),
)
_JOB_COUNTS = ("completed", "failed", "inProgress", "inQueue", "retried")
_WORKER_COUNTS = ("idle", "initializing", "ready", "running", "throttled", "unhealthy")
HEALTH = _shape(
    "RunpodHealth",
    jobs=_shape("RunpodJobCounts", **{name: s.IntegerField() for name in _JOB_COUNTS}),
    workers=_shape("RunpodWorkerCounts", **{name: s.IntegerField() for name in _WORKER_COUNTS}),
)
PURGED = _shape(
    "RunpodPurged", removed=s.IntegerField(), status=s.CharField(help_text="`completed`.")
)

_MEANINGS = {
    400: "The body or the query is invalid.",
    401: "The key is missing, wrong, revoked or expired.",
    402: "Too few credits; `x-should-retry` is `false`.",
    403: "The key lacks the scope.",
    404: "There is no such job, or its result is no longer kept.",
    409: "The job's state does not allow it.",
    408: "The body did not arrive in time.",
    411: "The body does not say how long it is.",
    413: "The body is too large.",
    415: "The body is of another type.",
    422: "The Idempotency-Key was used for a different request.",
    429: "Too many requests; see `Retry-After`.",
    500: "A fault on our side.",
    503: "Too many recordings are being received or read, or the service ends; see `Retry-After`.",
}
_ALWAYS = (400, 401, 403, 429, 500)
_SENT = (408, 411, 413)
_CHARGED = (402, 422)


def _operation(
    operation_id: str,
    answer: Any,
    errors: tuple[int, ...],
    *,
    parameters: tuple[Any, ...] = (),
    request: Any = None,
) -> Callable[[View], View]:
    responses: dict[Any, Any] = {200: answer}
    for status in sorted({*_ALWAYS, *errors}):
        responses[status] = OpenApiResponse(
            ERROR, _MEANINGS[status], examples=[examples.error(status)]
        )
    asked = examples.REQUESTS if request is not None else []
    shown = examples.ANSWERS.get(operation_id)
    return extend_schema(
        operation_id=operation_id,
        tags=[TAG],
        request=request,
        responses=responses,
        parameters=[*parameters, *COMMON_HEADERS],
        examples=[
            *asked,
            *(
                []
                if shown is None
                else [OpenApiExample(operation_id, shown, response_only=True, status_codes=["200"])]
            ),
        ],
    )


_SUBMITTING = (*_SENT, *_CHARGED, 404, 415, 503)
run = _operation(
    "runpodRun", BRIEF, _SUBMITTING, parameters=(IDEMPOTENCY_KEY,), request=inputs.RunInput
)
run_sync = _operation(
    "runpodRunSync",
    STATUS,
    _SUBMITTING,
    parameters=(IDEMPOTENCY_KEY, inputs.WaitInput),
    request=inputs.RunInput,
)
retry = _operation(
    "runpodRetry", BRIEF, (*_SENT, *_CHARGED, 404, 409, 503), parameters=(IDEMPOTENCY_KEY,)
)
status = _operation("runpodStatus", STATUS, (404,))
status_post = _operation("runpodStatusPost", STATUS, (*_SENT, 404))
status_sync = _operation("runpodStatusSync", STATUS, (404,), parameters=(inputs.WaitInput,))
status_sync_post = _operation(
    "runpodStatusSyncPost", STATUS, (*_SENT, 404), parameters=(inputs.WaitInput,)
)
stream = _operation("runpodStream", STREAM, (404,))
stream_post = _operation("runpodStreamPost", STREAM, (*_SENT, 404))
cancel = _operation("runpodCancel", BRIEF, (*_SENT, 404, 409))
health = _operation("runpodHealth", HEALTH, (404,))
purge_queue = _operation("runpodPurgeQueue", PURGED, (*_SENT, 404))
