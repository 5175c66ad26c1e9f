"""Errors in the Chatterbox form: ``code`` is the HTTP status, ``message`` says what is wrong."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from billing.errors import InsufficientCreditsError
from inference.jobs.idempotency import IdempotencyMismatchError, MalformedKeyError
from inference.languages.detection import UnspokenLanguageError
from speech.readable import NothingToSpeakError
from voiceclone.api.authentication import workspace_of
from voiceclone.api.chatterbox.responses import refusal, short_refusal
from voiceclone.api.refusals import without_workspace

UNAUTHORIZED = (401, "UNAUTHORIZED", "Invalid or missing API key")


class ApiError(Exception):
    """A refusal that a view words itself."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(complaint: str) -> ApiError:
    """Return a refusal of the request's form."""
    return ApiError(400, f"Invalid request: {complaint}")


def error_response(status: int, _code: str, message: str, **_extra: Any) -> HttpResponse:
    """Return what is refused before any view, in the short form that a missing key has."""
    response = JsonResponse(short_refusal(status, message), status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


_DRF: tuple[tuple[type[exceptions.APIException], int, str | None], ...] = (
    (exceptions.PermissionDenied, 403, None),
    (exceptions.MethodNotAllowed, 405, "Method not allowed"),
    (exceptions.UnsupportedMediaType, 415, "Content-Type must be application/json"),
    (exceptions.ParseError, 400, "Invalid request: the body is not valid JSON"),
)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Word any exception of a view; None lets Django answer 500."""
    error = without_workspace(error)
    if isinstance(error, exceptions.NotAuthenticated):
        status, _code, message = UNAUTHORIZED
        headers = {"WWW-Authenticate": "Bearer"}
        return Response(short_refusal(status, message), status=status, headers=headers)
    extra: dict[str, Any] = {}
    headers = {}
    match error:
        case ApiError():
            status, message = error.status, error.message
        case InsufficientCreditsError(credits=held, needed=needed):
            status, message = 402, "Insufficient credits"
            extra = {"credits": held, "needCredits": needed}
            headers["x-should-retry"] = "false"
        case IdempotencyMismatchError():
            status, message = 422, "Idempotency-Key was used for a different request"
        case MalformedKeyError() | NothingToSpeakError():
            status, message = 400, error.message
        case UnspokenLanguageError():
            status, message = 400, f"Invalid request: {error.message}"
        case exceptions.APIException():
            known = next((one for one in _DRF if isinstance(error, one[0])), None)
            if known is None:
                return None
            status, message = known[1], known[2] or str(error)
        case _:
            return None
    view = context["view"]
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(view.allowed_methods)
    workspace = workspace_of(context["request"])
    body = refusal(status, message, asked_id=view.asked_id, workspace=workspace)
    return Response({**body, **extra}, status=status, headers=headers)
