"""The Chatterbox dialect's part of the OpenAPI document."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers as s

from voiceclone.api.chatterbox import inputs
from voiceclone.api.documented import COMMON_HEADERS, IDEMPOTENCY_KEY, answered_header

View = TypeVar("View", bound=Callable[..., Any])

_TAG = "Chatterbox"

_ID = s.CharField(allow_null=True, help_text="The request's own `id`.")
_JOB_ID = s.UUIDField(help_text="Of the call; it stays the same in its webhook.")
_MESSAGE = s.CharField()
_BUILD_NUMBER = s.CharField(help_text="The version of the service.")
_WAITING = s.IntegerField(help_text="Jobs of the workspace that wait to be taken up.")
_NAMED: dict[str, Any] = {
    "code": s.IntegerField(help_text="The HTTP status."),
    "id": _ID,
    "job_id": _JOB_ID,
    "message": _MESSAGE,
    "pid": s.IntegerField(help_text="Made of `job_id`; it says nothing of any process."),
    "queue_id": s.IntegerField(help_text="Made of `job_id`; it says nothing of any queue."),
    "queue_length": _WAITING,
    "build_number": _BUILD_NUMBER,
}

SPOKEN = inline_serializer(
    "ChatterboxSpoken",
    {
        **_NAMED,
        "response": s.CharField(help_text="Where the audio lies: WAV at 24 kHz, mono."),
        "run_time": s.FloatField(help_text="Seconds in work, the download included."),
        "queue_time": s.FloatField(help_text="Seconds until it was taken up."),
        "total_time": s.FloatField(help_text="Seconds from submission to end."),
    },
)
ACCEPTED = inline_serializer(
    "ChatterboxAccepted",
    {
        **_NAMED,
        "max_queue_length": s.JSONField(help_text='A number, or "unlimited".'),
    },
)
REFUSAL = inline_serializer("ChatterboxRefusal", _NAMED)
SHORT = inline_serializer(
    "ChatterboxShortRefusal",
    {"code": s.IntegerField(), "message": _MESSAGE, "build_number": _BUILD_NUMBER},
)
# What is refused before a view has read the request says less.
EITHER = inline_serializer(
    "ChatterboxError",
    {
        "code": s.IntegerField(),
        "message": _MESSAGE,
        "build_number": _BUILD_NUMBER,
        "id": s.CharField(allow_null=True, required=False),
        **{
            name: type(field)(required=False)
            for name, field in _NAMED.items()
            if name in ("job_id", "pid", "queue_id", "queue_length")
        },
        "credits": s.IntegerField(required=False),
        "needCredits": s.IntegerField(required=False),
    },
)

_JOB = {"pid": 12345, "queue_id": 67890, "queue_length": 0, "build_number": "1.0.123"}
_NAMES = {"id": "voice-clone-123", "job_id": "550e8400-e29b-41d4-a716-446655440000"}
_SPOKEN = {
    "code": 200,
    **_NAMES,
    "response": "https://voice.example.com/files/TOKEN/speech.wav",
    "message": "success",
    "run_time": 3.456,
    "queue_time": 0.012,
    "total_time": 3.468,
    **_JOB,
}
_ACCEPTED = {
    "code": 202,
    **_NAMES,
    "message": "processing",
    "max_queue_length": "unlimited",
    **_JOB,
    "queue_length": 1,
}

_MEANINGS = {
    400: ("A field is missing or wrong.", "Invalid request: 'text' is a required property"),
    401: ("The key is missing, wrong, revoked or expired.", "Invalid or missing API key"),
    402: ("Too few credits; `credits` and `needCredits` say how few.", "Insufficient credits"),
    403: ("The key lacks the scope.", "This API key lacks the scope speech"),
    404: ("The audio of a repeated request was deleted.", "The audio of this request was deleted"),
    408: ("The body did not arrive in time.", "The request body did not arrive in time"),
    409: ("The job of a repeated request was cancelled.", "The job was cancelled."),
    411: ("The body does not say how long it is.", "Content-Length is required"),
    413: ("The body is too large.", "Request body too large"),
    415: ("The body is of another type.", "Content-Type must be application/json"),
    422: (
        "The Idempotency-Key was used for a different request.",
        "Idempotency-Key was used for a different request",
    ),
    429: ("Too many requests, or the queue is full.", "Rate limit exceeded"),
    500: (
        "The job failed, and is refunded.",
        "Error downloading reference audio: Connection timeout",
    ),
    503: (
        "The service ends, and the job is cancelled; or too much is being received.",
        "The service is restarting. Please try again.",
    ),
    504: (
        "The audio was not ready in time; the job is ended and refunded.",
        "The audio was not ready within 60 seconds. Nothing was charged.",
    ),
}
_SHORT = {401, 408, 411, 413, 503}
"""Statuses that are only ever answered before a view."""

_HEADERS = (
    IDEMPOTENCY_KEY,
    *COMMON_HEADERS,
    answered_header("x-engine", OpenApiTypes.STR, "The engine that spoke.", [200]),
    answered_header("x-model", OpenApiTypes.STR, "Its model.", [200]),
    answered_header("x-seed", OpenApiTypes.INT, "What it was seeded with.", [200]),
)


def _error(status: int) -> OpenApiResponse:
    about, message = _MEANINGS[status]
    value: dict[str, Any] = {"code": status, "message": message, "build_number": "1.0.123"}
    if status not in _SHORT:
        value = {"code": status, **_NAMES, "message": message, **_JOB}
    if status == 402:  # noqa: PLR2004 - the status itself
        value |= {"credits": 12, "needCredits": 46}
    shape = SHORT if status in _SHORT else EITHER
    return OpenApiResponse(shape, about, examples=[OpenApiExample(f"Error{status}", value)])


def _operation(
    operation_id: str, form: type[inputs.SpeechInput], asked: dict[str, Any]
) -> Callable[[View], View]:
    return extend_schema(
        operation_id=operation_id,
        tags=[_TAG],
        request=form,
        parameters=list(_HEADERS),
        responses={
            200: OpenApiResponse(SPOKEN, "The audio, without `webhook_url`."),
            202: OpenApiResponse(ACCEPTED, "Accepted; the result goes to `webhook_url`."),
            **{status: _error(status) for status in _MEANINGS},
        },
        examples=[
            OpenApiExample(f"{operation_id}Request", asked, request_only=True),
            OpenApiExample(operation_id, _SPOKEN, response_only=True, status_codes=["200"]),
            OpenApiExample(
                f"{operation_id}Accepted", _ACCEPTED, response_only=True, status_codes=["202"]
            ),
        ],
    )


voice_cloning = _operation(
    "chatterboxVoiceCloning",
    inputs.CloningInput,
    {
        "text": "The tide comes in at noon.",
        "voice_audio_url": "https://example.com/reference-voice.wav",
        "language": "en",
        "id": "voice-clone-123",
    },
)
text_to_speech = _operation(
    "chatterboxTextToSpeech",
    inputs.SpeechInput,
    {"text": "The tide comes in at noon.", "emotion_intensity": 1.2, "id": "speech-123"},
)
