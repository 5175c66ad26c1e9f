"""Errors in RunPod's form, ``{"error": "…"}``, and the status that goes with each."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions

from billing.errors import InsufficientCreditsError
from inference.jobs.errors import StateConflictError
from inference.jobs.idempotency import IdempotencyMismatchError, MalformedKeyError
from inference.probing import ProbingBusyError
from speech.readable import NothingToSpeakError
from speech.retries import RetryImpossibleError
from voiceclone.api.complaints import first_sentence
from voiceclone.api.refusals import refusal_of, without_workspace

UNAUTHORIZED = (401, "UNAUTHORIZED", "Unauthorized")
TOO_LARGE = (413, "PAYLOAD_TOO_LARGE", "Request body too large: at most 28 MB")


class ApiError(Exception):
    """A refusal that a view of this dialect words itself."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class InputProblemError(Exception):
    """What is wrong with an ``input``: no refusal of the request, but the end of its job."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def error_response(status: int, _code: str, message: str, **_extra: Any) -> HttpResponse:
    """Return an error outside DRF."""
    return _response(status, message)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Word any exception of a view of this dialect; None lets Django answer 500."""
    error = without_workspace(error)
    if isinstance(error, exceptions.APIException):
        return _refused_by_drf(error, context)
    response: HttpResponse | None = None
    match error:
        case ApiError():
            response = _response(error.status, error.message)
        case InsufficientCreditsError(credits=held, needed=needed):
            response = _response(402, f"Insufficient credits: {needed} needed, {held} left")
            response.headers["x-should-retry"] = "false"
        case RetryImpossibleError():
            response = _response(409, error.message)
        case StateConflictError():
            response = _response(409, "The job has already ended")
        case IdempotencyMismatchError():
            response = _response(422, "Idempotency-Key was used for a different request")
        case ProbingBusyError():
            response = _response(503, error.message)
            response.headers["Retry-After"] = str(error.retry_after)
        case MalformedKeyError() | NothingToSpeakError():
            response = _response(400, error.message)
        case Http404():
            response = _response(404, "Not found")
    return response


def _refused_by_drf(error: exceptions.APIException, context: dict[str, Any]) -> HttpResponse | None:
    if isinstance(error, exceptions.ValidationError):
        return _response(400, first_sentence(error.detail))
    refused = refusal_of(error, context, unauthorized=UNAUTHORIZED)
    if refused is None:
        return None
    body = {"error": refused.message}
    return JsonResponse(body, status=refused.status, headers=refused.headers)


def _response(status: int, message: str) -> HttpResponse:
    response = JsonResponse({"error": message}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
