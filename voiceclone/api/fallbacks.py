"""What Django answers where no view did: in the dialect's form under an API mount."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from voiceclone.api.faces import error_for
from voiceclone.api.request_id import request_id_of


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return error_for(
        request, 400, "INVALID_PARAMETERS", "The request is malformed"
    ) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return error_for(request, 403, "FORBIDDEN", "Permission denied") or defaults.permission_denied(
        request, exception
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return error_for(request, 404, "NOT_FOUND", "No such endpoint") or defaults.page_not_found(
        request, exception
    )


def server_error(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Answer 500, naming the request so that its log lines can be found."""
    request_id = request_id_of(request)
    return error_for(
        request,
        500,
        "INTERNAL_ERROR",
        f"Internal server error (request {request_id})",
        requestId=request_id,
    ) or defaults.server_error(request)
