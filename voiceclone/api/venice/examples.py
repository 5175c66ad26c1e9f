"""Worked examples for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from voiceclone.api.venice.errors import TOO_LARGE, UNAUTHORIZED, error_body

_MODEL = {
    "id": "tts-chatterbox-hd",
    "object": "model",
    "created": 1_767_225_600,
    "owned_by": "voiceclone",
    "type": "tts",
    "model_spec": {
        "engine": "espeak",
        "voices": ["Aaron", "Abigail"],
        "voice_cloning": {
            "mode": "zero_shot",
            "accepted_formats": ["mp3", "wav", "flac", "m4a"],
            "min_sample_seconds": 5,
            "retention_days": 7,
        },
    },
}
_HANDLE = "vv_4f1c9a7be03d52c86e9b01fa"

REQUESTS: dict[str, Any] = {
    "Speech": {
        "model": "gpt-4o-mini-tts",
        "voice": "alloy",
        "input": "The tide comes in at noon.",
        "response_format": "mp3",
    },
}
"""What to send, by operation."""

ANSWERS: dict[str, Any] = {
    "VoiceHandle": {"id": _HANDLE, "model": "tts-chatterbox-hd"},
    "Voices": {"voices": [{"id": "cmrx5v0qh7t2k9d4w8s1znb63", "name": "Harbour master"}]},
    "Models": {"object": "list", "data": [_MODEL]},
    "Model": _MODEL,
}
"""What comes back, by operation."""

_ERRORS: dict[int, tuple[str, str, str | None]] = {
    400: ("invalid_value", "The recording lasts 3.20 s; at least 5 s are needed.", "file"),
    401: ("invalid_api_key", UNAUTHORIZED[2], None),
    402: ("insufficient_quota", "Insufficient credits: 26 are needed and 12 are left", None),
    403: ("missing_scope", "This API key lacks the scope speech", None),
    404: ("model_not_found", "The model does not exist", "model"),
    408: ("request_timeout", "The request body did not arrive in time", None),
    409: ("cancelled", "The job was cancelled.", None),
    411: ("length_required", "Content-Length is required", None),
    413: (TOO_LARGE[1], TOO_LARGE[2], None),
    415: ("unsupported_media_type", "Unsupported content type", None),
    422: ("idempotency_mismatch", "Idempotency-Key was used for a different request", None),
    429: ("rate_limit_exceeded", "Rate limit exceeded", None),
    500: ("internal_error", "Internal server error (request 5f0c6a1e9d3b47c2)", None),
    503: ("unavailable", "The service is restarting. Please try again.", None),
    504: ("timed_out", "The audio was not ready within 300 seconds. Nothing was charged.", None),
}


def error(status: int) -> OpenApiExample:
    """Return the example of an error."""
    code, message, param = _ERRORS[status]
    return OpenApiExample(code, error_body(status, code, message, param), response_only=True)
