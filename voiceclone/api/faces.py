"""Which dialect a path belongs to, for answers made before any view is reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from voiceclone.api.native import errors as native

KB = 1024
MB = 1024 * KB


@dataclass(frozen=True, slots=True)
class Face:
    """A mount: its paths, how large a body it takes, and how it words an error."""

    prefix: str
    body_limit: int
    respond: Callable[..., HttpResponse]
    too_large: tuple[int, str, str]


_TOO_LARGE = (413, "PAYLOAD_TOO_LARGE", "Request body too large")

FACES = (
    Face(
        "/api/v1/voice-clone",
        22 * MB,
        native.error_response,
        (400, "INVALID_PARAMETERS", "File size exceeds 20MB limit"),
    ),
    Face("/api/", 64 * KB, native.error_response, _TOO_LARGE),
)


def face_of(path: str) -> Face | None:
    """Return the dialect mounted at ``path``; None for pages."""
    return next((face for face in FACES if path.startswith(face.prefix)), None)


def error_for(
    request: HttpRequest, status: int, code: str, message: str, **extra: Any
) -> HttpResponse | None:
    """Return an error in the form of the path's dialect; None for pages."""
    face = face_of(request.path_info)
    return None if face is None else face.respond(status, code, message, **extra)
