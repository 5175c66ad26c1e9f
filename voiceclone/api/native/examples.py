"""Worked examples for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_VOICE_ID = "cmrx5v0qh7t2k9d4w8s1znb63"
_SPEECH_ID = "cmrx5wk3e0p8y6u2a5g9jt14c"
_MADE = "2026-03-14T09:26:53.589Z"
_DONE = "2026-03-14T09:26:54.201Z"
_TEXT = "The tide comes in at noon."

_CLONED = {
    "id": _VOICE_ID,
    "title": "Harbour master",
    "description": "Low and unhurried",
    "coverImage": None,
    "audioUrl": "https://voice.example.com/files/TOKEN/reference.wav",
    "duration": 21.48,
    "tags": ["low", "calm"],
    "status": "PROCESSING",
    "createdAt": _MADE,
}
_VOICE = {
    **_CLONED,
    "status": "COMPLETED",
    "type": "USER",
    "isPublic": False,
    "popularity": 2,
    "usageCount": 7,
    "language": None,
    "engine": "espeak",
    "model": "espeak-ng-1.52",
    "updatedAt": _DONE,
}
_SUBMITTED = {
    "id": _SPEECH_ID,
    "text": _TEXT,
    "format": "mp3",
    "status": "PROCESSING",
    "creditsUsed": len(_TEXT),
    "createdAt": _MADE,
    "engine": "espeak",
    "model": None,
    "seed": 3407,
    "language": "en-us",
}
_SPEECH = {
    **_SUBMITTED,
    "status": "COMPLETED",
    "model": "espeak-ng-1.52",
    "audioUrl": "https://voice.example.com/files/TOKEN/speech.mp3",
    "duration": 1.87,
    "speed": 1.0,
    "watermarked": False,
    "updatedAt": _DONE,
    "voice": {"id": _VOICE_ID, "title": "Harbour master", "coverImage": None, "type": "USER"},
}
_PAGE = {
    "page": 1,
    "limit": 20,
    "total": 1,
    "totalPages": 1,
    "hasNext": False,
    "hasPrev": False,
}
_WORKSPACE = {
    "success": True,
    "workspace": {
        "id": "cmrx5wk3e0a1b2c3d4e5f6g7h",
        "name": "Harbour office",
        "defaultLanguage": "en-gb",
        "createdAt": _MADE,
    },
}
_CREDITS = {
    "success": True,
    "credits": 12_400,
    "breakdown": {"regular": 2_400, "permanent": 10_000, "resetAt": "2026-04-01T00:00:00.000Z"},
}

REQUESTS: dict[str, Any] = {
    "createSpeech": {"text": _TEXT, "voiceId": _VOICE_ID, "format": "mp3"},
    "quoteSpeech": {"text": _TEXT, "voiceId": _VOICE_ID},
    "changeVoice": {"title": "Harbour master", "tags": ["low", "calm"]},
    "changeWorkspace": {"defaultLanguage": "en-GB"},
}
"""What to send, by operation."""

ANSWERS: dict[str, Any] = {
    "cloneVoice": {"success": True, "voiceId": _VOICE_ID, "voice": _CLONED},
    "getWorkspace": _WORKSPACE,
    "changeWorkspace": _WORKSPACE,
    "quoteVoiceClone": {
        "success": True,
        "creditsNeeded": 1000,
        "credits": 12_400,
        "sufficient": True,
    },
    "listVoices": {"success": True, "voices": [_VOICE], "pagination": _PAGE},
    "getVoice": {"success": True, "voice": _VOICE},
    "changeVoice": {"success": True, "voice": _VOICE},
    "deleteVoice": {"success": True},
    "createSpeech": {
        "success": True,
        "speechId": _SPEECH_ID,
        "creditsUsed": len(_TEXT),
        "speech": _SUBMITTED,
    },
    "quoteSpeech": {
        "success": True,
        "creditsNeeded": len(_TEXT),
        "credits": 12_400,
        "sufficient": True,
    },
    "listSpeeches": {"success": True, "speeches": [_SPEECH], "pagination": _PAGE},
    "getSpeech": {"success": True, "speech": _SPEECH},
    "deleteSpeech": {"success": True},
    "cancelSpeech": {
        "success": True,
        "speech": {
            **_SPEECH,
            "status": "FAILED",
            "model": None,
            "audioUrl": None,
            "duration": None,
            "creditsUsed": 0,
            "error": {"code": "CANCELLED", "message": "The job was cancelled."},
        },
    },
    "detectWatermark": {
        "success": True,
        "available": True,
        "watermarked": True,
        "confidence": 0.9987,
        "detector": "perth-implicit",
        "duration": 8.835,
    },
    "getCredits": _CREDITS,
    "getUserCredits": _CREDITS,
    "listLedger": {
        "success": True,
        "entries": [
            {
                "sequence": 4,
                "kind": "charge",
                "regular": -len(_TEXT),
                "permanent": 0,
                "regularAfter": 2_400,
                "permanentAfter": 10_000,
                "jobId": _SPEECH_ID,
                "createdAt": _MADE,
                "reason": None,
            }
        ],
        "nextCursor": 4,
    },
}
"""What comes back, by operation."""

_ERRORS = {
    400: ("INVALID_PARAMETERS", "format: Must be one of mp3, wav, opus, pcm."),
    401: ("UNAUTHORIZED", "Authentication required"),
    403: ("FORBIDDEN", "This API key lacks the scope speech"),
    404: ("NOT_FOUND", "Voice not found or not available"),
    408: ("REQUEST_TIMEOUT", "The request body did not arrive in time"),
    409: ("CONFLICT", "The job has already ended"),
    411: ("LENGTH_REQUIRED", "Content-Length is required"),
    413: ("PAYLOAD_TOO_LARGE", "Request body too large"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "Unsupported content type"),
    422: ("IDEMPOTENCY_MISMATCH", "Idempotency-Key was used for a different request"),
    503: ("UNAVAILABLE", "Too many recordings are being read. Please try again."),
}


def error(status: int) -> OpenApiExample:
    """Return the example of an error."""
    code, message = _ERRORS[status]
    return OpenApiExample(code, {"code": code, "error": message}, response_only=True)


OUT_OF_CREDITS = OpenApiExample(
    "USAGE_LIMIT_EXCEEDED",
    {
        "code": "USAGE_LIMIT_EXCEEDED",
        "error": "Insufficient credits",
        "credits": 12,
        "needCredits": len(_TEXT),
    },
    response_only=True,
)
RATE_LIMITED = OpenApiExample(
    "RATE_LIMITED",
    {"code": "RATE_LIMITED", "error": "Rate limit exceeded"},
    response_only=True,
)
SERVER_ERROR = OpenApiExample(
    "INTERNAL_ERROR",
    {
        "code": "INTERNAL_ERROR",
        "error": "Internal server error (request 5f0c6a1e9d3b47c2)",
        "requestId": "5f0c6a1e9d3b47c2",
    },
    response_only=True,
)
