"""The native dialect's part of the OpenAPI document: bodies, answers and errors."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers as s

from voiceclone.api.native import inputs


def _shape(name: str, **fields: s.Field[Any, Any, Any, Any]) -> Any:
    return inline_serializer(name, fields)


def _text(**options: Any) -> s.CharField:
    return s.CharField(**options)


def _or_null() -> s.CharField:
    return s.CharField(allow_null=True)


STATUS = s.ChoiceField(inputs.STATUSES)
_FAILURE = _shape("Failure", code=_text(), message=_text())

ERROR = _shape("Error", code=_text(), error=_text())
OUT_OF_CREDITS = _shape(
    "LimitError",
    code=_text(),
    error=_text(),
    credits=s.IntegerField(required=False),
    needCredits=s.IntegerField(required=False),
)
CREDITS_HEADERS = "INVALID_PARAMETERS"

_CLONED = {
    "id": _text(),
    "title": _text(),
    "description": _or_null(),
    "coverImage": _or_null(),
    "audioUrl": _or_null(),
    "duration": s.FloatField(allow_null=True),
    "tags": s.ListField(child=s.CharField()),
    "status": STATUS,
    "createdAt": s.DateTimeField(),
}
CLONED_VOICE = _shape("ClonedVoice", **_CLONED)
VOICE = _shape(
    "Voice",
    **_CLONED,
    type=s.ChoiceField(("USER", "SYSTEM")),
    isPublic=s.BooleanField(),
    popularity=s.IntegerField(),
    usageCount=s.IntegerField(),
    engine=_or_null(),
    model=_or_null(),
    updatedAt=s.DateTimeField(),
    error=_shape("VoiceFailure", code=_text(), message=_text()),
)
VOICE.fields["error"].required = False
_SUBMITTED = {
    "id": _text(),
    "text": _text(),
    "format": _text(),
    "status": STATUS,
    "creditsUsed": s.IntegerField(),
    "createdAt": s.DateTimeField(),
    "engine": _text(),
    "model": _or_null(),
    "seed": s.IntegerField(),
}
SUBMITTED_SPEECH = _shape("SubmittedSpeech", **_SUBMITTED)
SPEECH = _shape(
    "Speech",
    **_SUBMITTED,
    audioUrl=_or_null(),
    duration=s.FloatField(allow_null=True),
    language=_or_null(),
    speed=s.FloatField(),
    updatedAt=s.DateTimeField(),
    voice=_shape(
        "SpeechVoice", id=_text(), title=_text(), coverImage=_or_null(), type=_text()
    ),
    error=_shape("SpeechFailure", code=_text(), message=_text()),
)
SPEECH.fields["error"].required = False
PAGINATION = _shape(
    "Pagination",
    page=s.IntegerField(),
    limit=s.IntegerField(),
    total=s.IntegerField(),
    totalPages=s.IntegerField(),
    hasNext=s.BooleanField(),
    hasPrev=s.BooleanField(),
)
ENTRY = _shape(
    "LedgerEntry",
    sequence=s.IntegerField(),
    kind=_text(),
    regular=s.IntegerField(),
    permanent=s.IntegerField(),
    regularAfter=s.IntegerField(),
    permanentAfter=s.IntegerField(),
    jobId=_or_null(),
    createdAt=s.DateTimeField(),
)
QUOTE = _shape(
    "Quote",
    success=s.BooleanField(),
    creditsNeeded=s.IntegerField(),
    credits=s.IntegerField(),
    sufficient=s.BooleanField(),
)
DONE = _shape("Done", success=s.BooleanField())

_MEANINGS = {
    400: "A parameter is invalid: `INVALID_PARAMETERS`",
    401: "The key is missing, wrong, revoked or expired: `UNAUTHORIZED`",
    403: "The key lacks the scope: `FORBIDDEN`",
    404: "It does not exist, or is not yours: `NOT_FOUND`",
    409: "The job has already ended: `CONFLICT`",
    411: "The body does not say how long it is: `LENGTH_REQUIRED`",
    413: "The body is too large: `PAYLOAD_TOO_LARGE`",
    415: "The body is of another type: `UNSUPPORTED_MEDIA_TYPE`",
    500: "A fault on our side: `INTERNAL_ERROR`",
}
_READ = (400, 401, 403, 500)
_WRITE = (*_READ, 411, 413, 415)


def _operation(answer: Any, errors: tuple[int, ...], **options: Any) -> Any:
    responses: dict[Any, Any] = {200: answer}
    for status in sorted(errors):
        responses[status] = OpenApiResponse(ERROR, _MEANINGS[status])
    responses[429] = OpenApiResponse(
        OUT_OF_CREDITS, "Too many requests (`RATE_LIMITED`) or credits (`USAGE_LIMIT_EXCEEDED`)"
    )
    return extend_schema(responses=responses, tags=["Native"], **options)


voice_clone = _operation(
    _shape("VoiceCloned", success=s.BooleanField(), voiceId=_text(), voice=CLONED_VOICE),
    _WRITE,
    request={"multipart/form-data": inputs.VoiceCloneInput},
)
voice_clone_quote = _operation(QUOTE, _WRITE, request=None)
voices = _operation(
    _shape(
        "Voices",
        success=s.BooleanField(),
        voices=s.ListField(child=VOICE),
        pagination=PAGINATION,
    ),
    _READ,
    parameters=[inputs.VoicesInput],
)
voice = _operation(
    _shape("VoiceShown", success=s.BooleanField(), voice=VOICE), (*_READ, 404)
)
voice_change = _operation(
    _shape("VoiceChanged", success=s.BooleanField(), voice=VOICE),
    (*_WRITE, 404),
    request=inputs.VoicePatch,
)
voice_delete = _operation(DONE, (*_READ, 404))
tts = _operation(
    _shape(
        "SpeechSubmitted",
        success=s.BooleanField(),
        speechId=_text(),
        creditsUsed=s.IntegerField(),
        speech=SUBMITTED_SPEECH,
    ),
    (*_WRITE, 404),
    request=inputs.TtsInput,
)
tts_quote = _operation(QUOTE, (*_WRITE, 404), request=inputs.TtsInput)
speeches = _operation(
    _shape(
        "Speeches",
        success=s.BooleanField(),
        speeches=s.ListField(child=SPEECH),
        pagination=PAGINATION,
    ),
    _READ,
    parameters=[inputs.SpeechesInput],
)
speech = _operation(
    _shape("SpeechShown", success=s.BooleanField(), speech=SPEECH), (*_READ, 404)
)
speech_delete = _operation(DONE, (*_READ, 404))
speech_cancel = _operation(
    _shape("SpeechCancelled", success=s.BooleanField(), speech=SPEECH),
    (*_WRITE, 404, 409),
    request=None,
)
credits_balance = _operation(
    _shape(
        "Credits",
        success=s.BooleanField(),
        credits=s.IntegerField(),
        breakdown=_shape(
            "Breakdown",
            regular=s.IntegerField(),
            permanent=s.IntegerField(),
            resetAt=s.DateTimeField(allow_null=True),
        ),
    ),
    _READ,
)
ledger = _operation(
    _shape(
        "Ledger",
        success=s.BooleanField(),
        entries=s.ListField(child=ENTRY),
        nextCursor=s.IntegerField(allow_null=True),
    ),
    _READ,
    parameters=[inputs.LedgerInput],
)
