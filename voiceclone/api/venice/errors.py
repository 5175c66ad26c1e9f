"""Errors in OpenAI's form, ``{"error": {"message", "type", "param", "code"}}``.

A flat string would leave OpenAI's clients without a message.
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from billing.errors import InsufficientCreditsError
from inference.audio.errors import AudioError
from inference.jobs.idempotency import IdempotencyMismatchError, MalformedKeyError
from inference.languages.detection import UnspokenLanguageError
from inference.probing import ProbingBusyError
from speech.readable import NothingToSpeakError
from voiceclone.api.refusals import refusal_of, without_workspace
from voiceclone.api.venice.complaints import complaint
from voices.passing import MAX_LIVE_HANDLES, TooManyHandlesError

TOO_LARGE = (413, "PAYLOAD_TOO_LARGE", "The recording is too large: at most 25 MB are taken")
BODY_TOO_LARGE = (413, "PAYLOAD_TOO_LARGE", "Request body too large")
UNAUTHORIZED = (
    401,
    "UNAUTHORIZED",
    "Missing or invalid API key. Send it as Authorization: Bearer KEY",
)
NOT_AGAIN = {"x-should-retry": "false"}
"""Has OpenAI's clients leave a request alone that they would send again."""

_CODES = {
    "UNAUTHORIZED": "invalid_api_key",
    "FORBIDDEN": "missing_scope",
    "NOT_FOUND": "unknown_url",
    "INVALID_PARAMETERS": "invalid_request",
    "RATE_LIMITED": "rate_limit_exceeded",
    "PAYLOAD_TOO_LARGE": "PAYLOAD_TOO_LARGE",  # as Venice writes it
}
_TYPES = {402: "insufficient_quota", 429: "requests"}


class ApiError(Exception):
    """A refusal that a view words itself."""

    def __init__(self, status: int, code: str, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param


def invalid(message: str, *, param: str | None = None, code: str = "invalid_value") -> ApiError:
    """Return a refusal of a parameter."""
    return ApiError(400, code, message, param=param)


def error_body(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """Return the body of an error."""
    other = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
    kind = _TYPES.get(status) or other or "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def error_response(status: int, code: str, message: str, **_extra: Any) -> HttpResponse:
    """Return an error outside DRF; ``code`` is one that all dialects share."""
    code = _CODES.get(code, code.lower())
    response = JsonResponse(error_body(status, code, message), status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def handle(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: C901 - one case an error
    """Word any exception of a view; None lets Django answer 500."""
    error = without_workspace(error)
    if isinstance(error, exceptions.APIException):
        return _refused_by_drf(error, context)
    response: Response | None = None
    match error:
        case ApiError():
            response = _response(error.status, error.code, error.message, error.param)
        case InsufficientCreditsError(credits=held, needed=needed):
            message = f"Insufficient credits: {needed} are needed and {held} are left"
            response = _response(402, "insufficient_quota", message)
            for name, value in NOT_AGAIN.items():
                response.headers[name] = value
        case IdempotencyMismatchError():
            message = "Idempotency-Key was used for a different request"
            response = _response(422, "idempotency_mismatch", message)
        case MalformedKeyError():
            response = _response(400, "invalid_idempotency_key", error.message)
        case AudioError() | NothingToSpeakError():
            param = "file" if isinstance(error, AudioError) else "input"
            response = _response(400, error.code.lower(), error.message, param)
        case UnspokenLanguageError():
            response = _response(400, "unsupported_language", error.message, "language")
        case ProbingBusyError():
            response = _response(503, "unavailable", error.message)
            response.headers["Retry-After"] = str(error.retry_after)
        case TooManyHandlesError():
            message = f"A workspace has at most {MAX_LIVE_HANDLES} voice handles that are valid"
            response = _response(400, "too_many_voices", f"{message}; wait until some expire")
    return response


def _refused_by_drf(error: exceptions.APIException, context: dict[str, Any]) -> Response | None:
    if isinstance(error, exceptions.ValidationError):
        found = complaint(error.detail)
        return _response(400, found.code, found.message, found.param)
    refused = refusal_of(error, context, unauthorized=UNAUTHORIZED)
    if refused is None:
        return None
    code = _CODES.get(refused.code, refused.code.lower())
    body = error_body(refused.status, code, refused.message)
    return Response(body, status=refused.status, headers=refused.headers)


def _response(status: int, code: str, message: str, param: str | None = None) -> Response:
    return Response(error_body(status, code, message, param), status=status)
