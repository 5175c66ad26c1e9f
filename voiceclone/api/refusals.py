"""What Django REST framework refuses by itself, in sentences that do not repeat what was sent."""

from http import HTTPStatus
from typing import Any, NamedTuple

from rest_framework import exceptions

from accounts.closing import WorkspaceClosedError


class Refusal(NamedTuple):
    """A refusal, still in no dialect's form; ``code`` is one that all dialects share."""

    status: int
    code: str
    message: str
    headers: dict[str, str]


# None where DRF's own sentence is used: it names the scope that is missing, or the JSON at fault.
_REFUSALS: tuple[tuple[type[exceptions.APIException], int, str, str | None], ...] = (
    (exceptions.PermissionDenied, 403, "FORBIDDEN", None),
    (exceptions.MethodNotAllowed, 405, "METHOD_NOT_ALLOWED", "Method not allowed"),
    (exceptions.UnsupportedMediaType, 415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported content type"),
    (exceptions.ParseError, 400, "INVALID_PARAMETERS", None),
)


def without_workspace(error: Exception) -> Exception:
    """Return ``error``; for a workspace that was erased meanwhile, that its key is not good."""
    return exceptions.NotAuthenticated() if isinstance(error, WorkspaceClosedError) else error


def refusal_of(
    error: exceptions.APIException, context: dict[str, Any], *, unauthorized: tuple[int, str, str]
) -> Refusal | None:
    """Return what a view's error says; None for one that only a fault of ours can raise."""
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        return Refusal(*unauthorized, headers={"WWW-Authenticate": "Bearer"})
    for kind, status, code, message in _REFUSALS:
        if isinstance(error, kind):
            headers = {}
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                headers["Allow"] = ", ".join(context["view"].allowed_methods)
            return Refusal(status, code, message or str(error), headers)
    return None
