"""Errors in the native form: ``{"code", "error"}``, and the status that goes with each."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from billing.errors import InsufficientCreditsError
from inference.audio.errors import AudioError
from inference.jobs.errors import StateConflictError
from inference.jobs.idempotency import IdempotencyMismatchError, MalformedKeyError
from inference.languages.detection import UnspokenLanguageError
from inference.probing import ProbingBusyError
from speech.readable import NothingToSpeakError
from voiceclone.api.complaints import first_sentence
from voiceclone.api.refusals import refusal_of, without_workspace


class ApiError(Exception):
    """A refusal that a native view words itself."""

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def invalid(message: str) -> ApiError:
    """Return a refusal of a parameter."""
    return ApiError(400, "INVALID_PARAMETERS", message)


def missing(message: str) -> ApiError:
    """Return the answer for what does not exist, or belongs to somebody else."""
    return ApiError(404, "NOT_FOUND", message)


def error_response(status: int, code: str, message: str, **extra: Any) -> HttpResponse:
    """Return an error outside DRF."""
    response = JsonResponse({"code": code, "error": message, **extra}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


UNAUTHORIZED = (401, "UNAUTHORIZED", "Authentication required")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Word any exception of a native view; None lets Django answer 500."""
    error = without_workspace(error)
    if isinstance(error, exceptions.APIException):
        return _refused_by_drf(error, context)
    response: Response | None = None
    match error:
        case ApiError():
            response = _response(error.status, error.code, error.message)
            if error.retry_after is not None:
                response.headers["Retry-After"] = str(error.retry_after)
        case InsufficientCreditsError(credits=held, needed=needed):
            response = _response(
                429, error.code, "Insufficient credits", credits=held, needCredits=needed
            )
            response.headers["x-should-retry"] = "false"
        case StateConflictError():
            response = _response(409, "CONFLICT", "The job has already ended")
        case IdempotencyMismatchError():
            response = _response(
                422, error.code, "Idempotency-Key was used for a different request"
            )
        case MalformedKeyError() | AudioError() | NothingToSpeakError() | UnspokenLanguageError():
            response = _response(400, "INVALID_PARAMETERS", error.message)
        case ProbingBusyError():
            response = _response(503, "UNAVAILABLE", error.message)
            response.headers["Retry-After"] = str(error.retry_after)
        case Http404():
            response = _response(404, "NOT_FOUND", "Not found")
    return response


def _refused_by_drf(error: exceptions.APIException, context: dict[str, Any]) -> Response | None:
    if isinstance(error, exceptions.ValidationError):
        return _response(400, "INVALID_PARAMETERS", first_sentence(error.detail))
    refused = refusal_of(error, context, unauthorized=UNAUTHORIZED)
    if refused is None:
        return None
    body = {"code": refused.code, "error": refused.message}
    return Response(body, status=refused.status, headers=refused.headers)


def _response(status: int, code: str, message: str, **extra: Any) -> Response:
    return Response({"code": code, "error": message, **extra}, status=status)
