"""The native dialect's part of the OpenAPI document: bodies, answers, errors, headers."""

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

from speech.models import SpeechFormat
from voiceclone.api.documented import COMMON_HEADERS, IDEMPOTENCY_KEY
from voiceclone.api.native import examples, inputs
from voices.models import VoiceType

View = TypeVar("View", bound=Callable[..., Any])


def _shape(name: str, **fields: Any) -> Any:
    return inline_serializer(name, fields)


def _text() -> s.CharField:
    return s.CharField()


def _text_or_null(**options: Any) -> s.CharField:
    return s.CharField(allow_null=True, **options)


def _status() -> s.ChoiceField:
    return s.ChoiceField(inputs.STATUSES)


_FAILURE: Any = type(_shape("Failure", code=_text(), message=_text()))
ERROR = _shape("Error", code=_text(), error=_text())
SERVER_ERROR = _shape("ServerError", code=_text(), error=_text(), requestId=_text())
LIMIT_ERROR = _shape(
    "LimitError",
    code=_text(),
    error=_text(),
    credits=s.IntegerField(required=False),
    needCredits=s.IntegerField(required=False),
)

_CLONED: dict[str, Any] = {
    "id": _text(),
    "title": _text(),
    "description": _text_or_null(),
    "coverImage": _text_or_null(),
    "audioUrl": _text_or_null(),
    "duration": s.FloatField(allow_null=True, help_text="Of the whole recording, in seconds."),
    "tags": s.ListField(child=s.CharField()),
    "status": _status(),
    "createdAt": s.DateTimeField(),
}
CLONED_VOICE = _shape("ClonedVoice", **_CLONED)
VOICE = _shape(
    "Voice",
    **_CLONED,
    type=s.ChoiceField(("USER", "SYSTEM")),
    isPublic=s.BooleanField(),
    language=_text_or_null(help_text="What it speaks where a request names no language."),
    popularity=s.IntegerField(help_text="Uses in the last 30 days."),
    usageCount=s.IntegerField(help_text="All uses by this workspace."),
    engine=_text_or_null(),
    model=_text_or_null(),
    updatedAt=s.DateTimeField(),
    error=_FAILURE(required=False),
)
_SUBMITTED: dict[str, Any] = {
    "id": _text(),
    "text": _text(),
    "format": s.ChoiceField(SpeechFormat.choices),
    "status": _status(),
    "creditsUsed": s.IntegerField(),
    "createdAt": s.DateTimeField(),
    "engine": _text(),
    "model": _text_or_null(),
    "seed": s.IntegerField(),
    "language": _text_or_null(help_text="What it is spoken in, a BCP 47 tag."),
}
SUBMITTED_SPEECH = _shape("SubmittedSpeech", **_SUBMITTED)
SPEECH = _shape(
    "Speech",
    **_SUBMITTED,
    audioUrl=_text_or_null(),
    duration=s.FloatField(allow_null=True),
    speed=s.FloatField(),
    watermarked=s.BooleanField(
        allow_null=True,
        help_text="Null until the audio is there; false where the engine has no watermark.",
    ),
    updatedAt=s.DateTimeField(),
    voice=_shape(
        "SpeechVoice",
        id=_text(),
        title=_text(),
        coverImage=_text_or_null(),
        type=s.ChoiceField(
            VoiceType.values, help_text="`HANDLE` and `ONCE` are of voices that pass."
        ),
    ),
    error=_FAILURE(required=False),
)
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
    jobId=_text_or_null(),
    createdAt=s.DateTimeField(),
    reason=_text_or_null(help_text="Why staff moved the credits, where it was staff."),
)


def _answer(name: str, **fields: Any) -> Any:
    return _shape(name, success=s.BooleanField(), **fields)


QUOTE = _answer(
    "Quote",
    creditsNeeded=s.IntegerField(),
    credits=s.IntegerField(),
    sufficient=s.BooleanField(),
)
DONE = _answer("Done")
DETECTION = _answer(
    "Detection",
    available=s.BooleanField(help_text="Whether the detector is installed here."),
    watermarked=s.BooleanField(allow_null=True, help_text="Null where nobody could look."),
    confidence=s.FloatField(
        allow_null=True, help_text="0 to 1, of the surest five seconds; above 0.5 is watermarked."
    ),
    detector=_text(),
    duration=s.FloatField(help_text="Of the recording, in seconds."),
    message=s.CharField(required=False),
)
CREDITS = _answer(
    "Credits",
    credits=s.IntegerField(),
    breakdown=_shape(
        "Breakdown",
        regular=s.IntegerField(help_text="Of a plan's month; these are spent first."),
        permanent=s.IntegerField(help_text="Bought or given; these stay."),
        resetAt=s.DateTimeField(allow_null=True),
    ),
)
WORKSPACE = _answer(
    "WorkspaceShown",
    workspace=inline_serializer(
        "Workspace",
        {
            "id": _text(),
            "name": _text(),
            "defaultLanguage": _text_or_null(
                help_text="What texts are spoken in where neither the request nor the voice names"
                " a language; null: found from the text."
            ),
            "createdAt": s.DateTimeField(),
        },
    ),
)
LEDGER = _answer(
    "Ledger",
    entries=s.ListField(child=ENTRY),
    nextCursor=s.IntegerField(allow_null=True),
)

_MEANINGS = {
    400: "A parameter is invalid: `INVALID_PARAMETERS`.",
    401: "The key is missing, wrong, revoked or expired: `UNAUTHORIZED`.",
    403: "The key lacks the scope, or the workspace the right: `FORBIDDEN`.",
    404: "There is none, or none of yours: `NOT_FOUND`.",
    408: "The body did not arrive in time: `REQUEST_TIMEOUT`.",
    409: "Its state does not allow it (a job has ended already): `CONFLICT`.",
    411: "The body does not say how long it is: `LENGTH_REQUIRED`.",
    413: "The body is too large: `PAYLOAD_TOO_LARGE`.",
    415: "The body is of another type: `UNSUPPORTED_MEDIA_TYPE`.",
    422: "The Idempotency-Key was used for a different request: `IDEMPOTENCY_MISMATCH`.",
    503: "Too many recordings are being received or read (`UNAVAILABLE`), or the watermark cannot"
    " be looked for just now (`DETECTION_UNAVAILABLE`); see `Retry-After`.",
}
_READ = (400, 401, 403)
_SENT = (*_READ, 408, 411, 413)
_WRITE = (*_SENT, 415)


def _operation(
    operation_id: str,
    tag: str,
    answer: Any,
    errors: tuple[int, ...],
    *,
    parameters: tuple[Any, ...] = (),
    **options: Any,
) -> Callable[[View], View]:
    shown = [
        OpenApiExample(operation_id, value, response_only=True, status_codes=["200"])
        for value in [examples.ANSWERS.get(operation_id)]
        if value is not None
    ]
    asked = [
        OpenApiExample(f"{operation_id}Request", value, request_only=True)
        for value in [examples.REQUESTS.get(operation_id)]
        if value is not None
    ]
    responses: dict[Any, Any] = answer if isinstance(answer, dict) else {200: answer}
    for status in sorted(errors):
        responses[status] = OpenApiResponse(
            ERROR, _MEANINGS[status], examples=[examples.error(status)]
        )
    responses[429] = OpenApiResponse(
        LIMIT_ERROR,
        "Too many requests (`RATE_LIMITED`) or too few credits (`USAGE_LIMIT_EXCEEDED`).",
        examples=[examples.OUT_OF_CREDITS, examples.RATE_LIMITED],
    )
    responses[500] = OpenApiResponse(
        SERVER_ERROR, "A fault on our side: `INTERNAL_ERROR`.", examples=[examples.SERVER_ERROR]
    )
    return extend_schema(
        operation_id=operation_id,
        tags=[tag],
        responses=responses,
        parameters=[*parameters, *COMMON_HEADERS],
        examples=[*shown, *asked],
        **options,
    )


voice_clone = _operation(
    "cloneVoice",
    "Voices",
    _answer("VoiceCloned", voiceId=_text(), voice=CLONED_VOICE),
    (*_WRITE, 404, 422, 503),
    parameters=(IDEMPOTENCY_KEY,),
    request={"multipart/form-data": inputs.VoiceCloneInput},
)
voice_clone_quote = _operation("quoteVoiceClone", "Voices", QUOTE, _SENT, request=None)
voices = _operation(
    "listVoices",
    "Voices",
    _answer("Voices", voices=s.ListField(child=VOICE), pagination=PAGINATION),
    _READ,
    parameters=(inputs.VoicesInput,),
)
voice = _operation("getVoice", "Voices", _answer("VoiceShown", voice=VOICE), (*_READ, 404))
voice_change = _operation(
    "changeVoice",
    "Voices",
    _answer("VoiceChanged", voice=VOICE),
    (*_WRITE, 404),
    request=inputs.VoicePatch,
)
voice_delete = _operation("deleteVoice", "Voices", DONE, (*_READ, 404))
tts = _operation(
    "createSpeech",
    "Speech",
    _answer(
        "SpeechSubmitted",
        speechId=_text(),
        creditsUsed=s.IntegerField(),
        speech=SUBMITTED_SPEECH,
    ),
    (*_WRITE, 404, 422),
    parameters=(IDEMPOTENCY_KEY,),
    request=inputs.TtsInput,
)
tts_quote = _operation("quoteSpeech", "Speech", QUOTE, (*_WRITE, 404), request=inputs.TtsInput)
speeches = _operation(
    "listSpeeches",
    "Speech",
    _answer("Speeches", speeches=s.ListField(child=SPEECH), pagination=PAGINATION),
    _READ,
    parameters=(inputs.SpeechesInput,),
)
speech = _operation("getSpeech", "Speech", _answer("SpeechShown", speech=SPEECH), (*_READ, 404))
speech_delete = _operation("deleteSpeech", "Speech", DONE, (*_READ, 404))
speech_cancel = _operation(
    "cancelSpeech",
    "Speech",
    _answer("SpeechCancelled", speech=SPEECH),
    (*_SENT, 404, 409),
    request=None,
)
watermark_detect = _operation(
    "detectWatermark",
    "Watermark",
    DETECTION,
    (*_WRITE, 503),
    request={"multipart/form-data": inputs.DetectInput},
)
workspace = _operation("getWorkspace", "Workspace", WORKSPACE, _READ)
workspace_change = _operation(
    "changeWorkspace", "Workspace", WORKSPACE, _WRITE, request=inputs.WorkspacePatch
)
credits_balance = _operation("getCredits", "Credits", CREDITS, _READ)
user_credits = _operation("getUserCredits", "Credits", CREDITS, _READ)
ledger = _operation(
    "listLedger",
    "Credits",
    {
        (200, "application/json"): LEDGER,
        (200, "text/csv"): OpenApiTypes.STR,
    },
    _READ,
    parameters=(inputs.LedgerInput,),
)
