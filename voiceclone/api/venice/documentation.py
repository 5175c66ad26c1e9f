"""The Venice dialect's part of the OpenAPI document: bodies, answers, errors, headers."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers as s

from inference.audio.encode import CONTENT_TYPES
from voiceclone.api.documented import COMMON_HEADERS, IDEMPOTENCY_KEY, answered_header
from voiceclone.api.venice import events, examples, inputs

View = TypeVar("View", bound=Callable[..., Any])

_TAG = "OpenAI / Venice"

_ERROR_BODY: Any = inline_serializer(
    "OpenAIErrorBody",
    {
        "message": s.CharField(),
        "type": s.CharField(),
        "param": s.CharField(allow_null=True),
        "code": s.CharField(),
    },
)
ERROR = inline_serializer("OpenAIError", {"error": _ERROR_BODY})
HANDLE = inline_serializer("VoiceHandle", {"id": s.CharField(), "model": s.CharField()})
VOICES = inline_serializer(
    "NamedVoices",
    {
        "voices": inline_serializer(
            "NamedVoice", {"id": s.CharField(), "name": s.CharField()}, many=True
        )
    },
)
_CLONING = inline_serializer(
    "VoiceCloning",
    {
        "mode": s.CharField(),
        "accepted_formats": s.ListField(child=s.CharField()),
        "min_sample_seconds": s.IntegerField(),
        "retention_days": s.IntegerField(),
    },
    required=False,
    help_text="Of models that handles can be made for.",
)
_SPEC = inline_serializer(
    "ModelSpec",
    {
        "engine": s.CharField(help_text="The engine that every model means."),
        "voices": s.ListField(child=s.CharField(), help_text="The names of the system voices."),
        "voice_cloning": _CLONING,
    },
)
_MODEL_FIELDS: dict[str, Any] = {
    "id": s.CharField(),
    "object": s.ChoiceField(("model",)),
    "created": s.IntegerField(),
    "owned_by": s.CharField(),
    "type": s.CharField(),
    "model_spec": _SPEC,
}
MODEL: Any = inline_serializer("Model", _MODEL_FIELDS)
MODELS = inline_serializer(
    "Models", {"object": s.ChoiceField(("list",)), "data": type(MODEL)(many=True)}
)
AUDIO: dict[tuple[int, str], Any] = {
    (200, kind.partition(";")[0]): OpenApiTypes.BINARY
    for kind in (CONTENT_TYPES[name] for name in inputs.FORMATS)
}
EVENTS = {
    "type": "object",
    "description": "Each event is JSON: `speech.audio.delta` with `audio` in base64, and at the"
    " end `speech.audio.done` with `usage`, in which a token is a credit. A speech that fails"
    " after its beginning ends with the event `error` instead, which has the same `error` as the"
    " body of an error.",
    "properties": {"data": {"type": "string", "contentMediaType": "application/json"}},
    "required": ["data"],
}

_MEANINGS = {
    400: "A parameter is wrong, or the job failed for what was sent; `param` and `code` say more.",
    401: "The key is missing, wrong, revoked or expired.",
    402: "Too few credits.",
    403: "The key lacks the scope.",
    404: "There is no such model.",
    408: "The body did not arrive in time.",
    409: "The speech was cancelled.",
    411: "The body does not say how long it is.",
    413: "The recording or the body is too large.",
    415: "The body is of another type.",
    422: "The Idempotency-Key was used for a different request.",
    429: "Too many requests; see `Retry-After`.",
    500: "The job failed, and is refunded; or another fault on our side.",
    503: "The service ends, and the job is cancelled; or too many recordings are being received or"
    " read. See `Retry-After`.",
    504: "The audio was not ready in time; the job is ended and refunded.",
}
_READ = (400, 401, 403, 429, 500)
_WRITE = (*_READ, 404, 408, 411, 413, 415, 422)

_LIMIT_HEADERS = (
    answered_header(
        "x-ratelimit-limit-requests",
        OpenApiTypes.INT,
        "As X-RateLimit-Limit, for OpenAI's clients.",
    ),
    answered_header(
        "x-ratelimit-remaining-requests", OpenApiTypes.INT, "As X-RateLimit-Remaining."
    ),
    answered_header(
        "x-ratelimit-reset-requests", OpenApiTypes.STR, "When the count starts anew, as `12s`."
    ),
)
_SPOKEN_HEADERS = (
    answered_header("x-engine", OpenApiTypes.STR, "The engine that spoke.", [200]),
    answered_header("x-model", OpenApiTypes.STR, "Its model.", [200]),
    answered_header("x-seed", OpenApiTypes.INT, "What it was seeded with.", [200]),
    answered_header("x-speech-id", OpenApiTypes.STR, "The speech's id, to ask for it.", [200]),
    answered_header("x-credits-used", OpenApiTypes.INT, "What it cost.", [200]),
)


class MountedSchema(AutoSchema):
    """Names an operation after its mount: each stands under ``/v1`` and under ``/api/v1``."""

    def get_operation_id(self) -> str:
        """Return such as ``openaiSpeech`` or ``veniceSpeech``."""
        mount = "venice" if self.path.startswith("/api/") else "openai"
        view: Any = self.view
        return f"{mount}{view.operations[self.method]}"


def _operation(
    name: str,
    answer: Any,
    errors: tuple[int, ...],
    *,
    headers: tuple[Any, ...] = (),
    **options: Any,
) -> Callable[[View], View]:
    shown = [
        OpenApiExample(name, value, response_only=True, status_codes=["200"])
        for value in [examples.ANSWERS.get(name)]
        if value is not None
    ]
    asked = [
        OpenApiExample(f"{name}Request", value, request_only=True)
        for value in [examples.REQUESTS.get(name)]
        if value is not None
    ]
    responses: dict[Any, Any] = dict(answer) if isinstance(answer, dict) else {200: answer}
    for status in sorted(errors):
        responses[status] = OpenApiResponse(
            ERROR, _MEANINGS[status], examples=[examples.error(status)]
        )
    options["parameters"] = [
        *options.get("parameters", ()),
        *COMMON_HEADERS,
        *_LIMIT_HEADERS,
        *headers,
    ]
    return extend_schema(tags=[_TAG], responses=responses, examples=[*shown, *asked], **options)


speech = _operation(
    "Speech",
    AUDIO | {(200, events.CONTENT_TYPE.partition(";")[0]): EVENTS},
    (*_WRITE, 402, 409, 503, 504),
    headers=(IDEMPOTENCY_KEY, *_SPOKEN_HEADERS),
    request=inputs.SpeechBody,
)
voice_handle = _operation(
    "VoiceHandle",
    HANDLE,
    (*_WRITE, 503),
    headers=(IDEMPOTENCY_KEY,),
    request={"multipart/form-data": inputs.VoiceForm},
)
voices = _operation("Voices", VOICES, _READ)
models = _operation("Models", MODELS, _READ, parameters=[inputs.ModelsQuery])
model = _operation("Model", MODEL, (*_READ, 404))
