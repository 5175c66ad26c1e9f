"""Worked examples for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ID = "8b1d4a52-6f0e-4c39-9d27-5e3a1c7f9b40"
_TEXT = "The tide comes in at noon."
_WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YQAAAAA="

_INPUTS: dict[str, dict[str, Any]] = {
    "List voices": {"operation": "list_local_voices"},
    "Basic speech": {"operation": "tts", "mode": "basic", "text": _TEXT, "voice_name": "Amy"},
    "Streamed speech": {
        "operation": "tts",
        "mode": "streaming_voice_cloning",
        "text": _TEXT,
        "voice_id": "b2422835",
        "chunk_size": 25,
        "exaggeration": 0.7,
    },
}
REQUESTS = [
    OpenApiExample(name, {"input": value}, request_only=True) for name, value in _INPUTS.items()
]

_QUEUED = {"id": _ID, "status": "IN_QUEUE"}
_STATUS = {
    "id": _ID,
    "status": "COMPLETED",
    "delayTime": 12,
    "executionTime": 214,
    "output": {
        "audio": _WAV,
        "sample_rate": 24000,
        "duration": 1.87,
        "text": _TEXT,
        "mode": "basic",
        "parameters": {
            "voice_cloning": True,
            "voice_id": "a563a2ba",
            "voice_name": "Amy",
            "optimization": "direct_audio_array",
        },
        "engine": "espeak",
        "model": "espeak-ng-1.52",
        "seed": 3407,
        "watermarked": False,
    },
}
_STREAM = {
    "status": "IN_PROGRESS",
    "stream": [{"output": {"audio": _WAV, "sample_rate": 24000, "chunk": 1, "duration": 1.87}}],
}
ANSWERS: dict[str, Any] = {
    "runpodRun": _QUEUED,
    "runpodRunSync": _STATUS,
    "runpodRetry": _QUEUED,
    "runpodStatus": _STATUS,
    "runpodStatusPost": _STATUS,
    "runpodStatusSync": _STATUS,
    "runpodStatusSyncPost": _STATUS,
    "runpodStream": _STREAM,
    "runpodStreamPost": _STREAM,
    "runpodCancel": {"id": _ID, "status": "CANCELLED"},
    "runpodHealth": {
        "jobs": {"completed": 12, "failed": 0, "inProgress": 1, "inQueue": 3, "retried": 0},
        "workers": {
            "idle": 19,
            "initializing": 0,
            "ready": 20,
            "running": 1,
            "throttled": 0,
            "unhealthy": 0,
        },
    },
    "runpodPurgeQueue": {"removed": 3, "status": "completed"},
}

_ERRORS = {
    400: "input: This field is required.",
    401: "Unauthorized",
    402: "Insufficient credits: 26 needed, 10 left",
    403: "This API key lacks the scope speech",
    404: "Job not found",
    408: "The request body did not arrive in time",
    409: "The job has already ended",
    411: "Content-Length is required",
    413: "Request body too large: at most 28 MB",
    415: "Unsupported content type",
    422: "Idempotency-Key was used for a different request",
    429: "Rate limit exceeded",
    500: "Internal server error (request 01JQ5X7M3T)",
    503: "Too many recordings are being read. Please try again.",
}


def error(status: int) -> OpenApiExample:
    """Return the example of an error."""
    return OpenApiExample(
        f"runpod{status}",
        {"error": _ERRORS[status]},
        response_only=True,
        status_codes=[str(status)],
    )
