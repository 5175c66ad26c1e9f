"""Errors in the native form: ``{"code", "error"}``, and the status that goes with each."""

from typing import Any

from billing.errors import InsufficientCreditsError
from django.http import Http404, HttpResponse, JsonResponse
from inference.audio.errors import AudioError
from inference.jobs.errors import StateConflictError
from rest_framework import exceptions
from rest_framework.response import Response


class ApiError(Exception):
    """A refusal that a native view words itself."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> ApiError:
    """Return a refusal of a parameter."""
    return ApiError(400, "INVALID_PARAMETERS", message)


def missing(message: str) -> ApiError:
    """Return the answer for what does not exist, or belongs to somebody else."""
    return ApiError(404, "NOT_FOUND", message)


def error_response(status: int, code: str, message: str, **extra: Any) -> HttpResponse:
    """Return an error outside DRF."""
    return JsonResponse({"code": code, "error": message, **extra}, status=status)


_DRF: tuple[tuple[type[Exception], int, str, str | None], ...] = (
    (exceptions.NotAuthenticated, 401, "UNAUTHORIZED", "Authentication required"),
    (exceptions.AuthenticationFailed, 401, "UNAUTHORIZED", "Authentication required"),
    (exceptions.PermissionDenied, 403, "FORBIDDEN", None),
    (exceptions.MethodNotAllowed, 405, "METHOD_NOT_ALLOWED", None),
    (exceptions.UnsupportedMediaType, 415, "UNSUPPORTED_MEDIA_TYPE", None),
    (exceptions.ParseError, 400, "INVALID_PARAMETERS", None),
    (Http404, 404, "NOT_FOUND", "Not found"),
)


def handle(error: Exception, _context: dict[str, Any]) -> Response | None:
    """Word any exception of a native view; None lets Django answer 500."""
    if isinstance(error, ApiError):
        return _response(error.status, error.code, error.message)
    if isinstance(error, exceptions.ValidationError):
        return _response(400, "INVALID_PARAMETERS", first_sentence(error.detail))
    if isinstance(error, InsufficientCreditsError):
        response = _response(
            429,
            error.code,
            "Insufficient credits",
            credits=error.credits,
            needCredits=error.needed,
        )
        response.headers["x-should-retry"] = "false"
        return response
    if isinstance(error, StateConflictError):
        return _response(409, "CONFLICT", "The job has already ended")
    if isinstance(error, AudioError):
        return _response(400, "INVALID_PARAMETERS", error.message)
    for kind, status, code, message in _DRF:
        if isinstance(error, kind):
            response = _response(status, code, message or str(error))
            if isinstance(error, exceptions.MethodNotAllowed):
                response.headers["Allow"] = ", ".join(_context["view"].allowed_methods)
            if status == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            return response
    return None


def first_sentence(detail: Any, field: str = "") -> str:
    """Return the first of a serializer's complaints, naming its field where it must."""
    while isinstance(detail, (dict, list)) and detail:
        if isinstance(detail, dict):
            name, detail = next(iter(detail.items()))
            field = field if name == "non_field_errors" else str(name)
        else:
            detail = detail[0]
    text = str(detail)
    stands_alone = getattr(detail, "code", "") == "worded" or field.lower() in text.lower()
    return text if stands_alone else f"{field}: {text}"


def _response(status: int, code: str, message: str, **extra: Any) -> Response:
    return Response({"code": code, "error": message, **extra}, status=status)
