"""Which dialect a path belongs to, for answers made before any view is reached."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from billing.queries import Limits, default_limits
from voiceclone.api.chatterbox import errors as chatterbox
from voiceclone.api.native import errors as native
from voiceclone.api.runpod import errors as runpod
from voiceclone.api.venice import errors as venice
from voiceclone.api.venice.limits import limit_headers

KB = 1024
MB = 1024 * KB


def _no_others(_limit: int, _remaining: int, _resets_in: int) -> dict[str, str]:
    return {}


def _runpod_limits() -> Limits:
    return replace(
        default_limits(),
        submissions_per_minute=settings.RATE_LIMIT_RUNPOD_SUBMISSIONS,
        polls_per_minute=settings.RATE_LIMIT_RUNPOD_POLLS,
    )


@dataclass(frozen=True, slots=True)
class Face:
    """A mount: its paths, how large a body it takes, and how it words an error."""

    path: str
    body_limit: int
    respond: Callable[..., HttpResponse]
    too_large: tuple[int, str, str]
    unauthorized: tuple[int, str, str]
    limit_headers: Callable[[int, int, int], dict[str, str]] = _no_others
    """Headers of its own for a rate limit: of the limit, what is left, and the seconds left."""

    limits: Callable[[], Limits] = default_limits
    """Of a key whose plan says nothing else."""

    def holds(self, path: str) -> bool:
        """Whether ``path`` is this mount's or below it."""
        return path == self.path or path.startswith(f"{self.path}/")


def _venice(path: str, body_limit: int, too_large: tuple[int, str, str]) -> Face:
    respond, unauthorized = venice.error_response, venice.UNAUTHORIZED
    return Face(path, body_limit, respond, too_large, unauthorized, limit_headers)


FACES = (
    _venice("/v1/audio/voices", 26 * MB, venice.TOO_LARGE),
    _venice("/api/v1/audio/voices", 26 * MB, venice.TOO_LARGE),
    _venice("/api/v1/audio", MB, venice.BODY_TOO_LARGE),
    _venice("/api/v1/models", MB, venice.BODY_TOO_LARGE),
    Face(
        "/v2",
        28 * MB,
        runpod.error_response,
        runpod.TOO_LARGE,
        runpod.UNAUTHORIZED,
        limits=_runpod_limits,
    ),
    Face(
        "/api/v1/voice-clone",
        22 * MB,
        native.error_response,
        (400, "INVALID_PARAMETERS", "File size exceeds 20MB limit"),
        native.UNAUTHORIZED,
    ),
    Face(
        "/api/v1/watermark",
        22 * MB,
        native.error_response,
        (400, "INVALID_PARAMETERS", "File size exceeds 20MB limit"),
        native.UNAUTHORIZED,
    ),
    Face(
        "/api",
        MB,
        native.error_response,
        (413, "PAYLOAD_TOO_LARGE", "Request body too large"),
        native.UNAUTHORIZED,
    ),
    Face(
        "/v1/chatterbox",
        MB,
        chatterbox.error_response,
        (413, "PAYLOAD_TOO_LARGE", "Request body too large"),
        chatterbox.UNAUTHORIZED,
    ),
    _venice("/v1", MB, venice.BODY_TOO_LARGE),  # after those within it
)


def face_of(path: str) -> Face | None:
    """Return the dialect mounted at ``path``; None for pages."""
    return next((face for face in FACES if face.holds(path)), None)


def error_for(
    request: HttpRequest, status: int, code: str, message: str, **extra: Any
) -> HttpResponse | None:
    """Return an error in the form of the path's dialect; None for pages."""
    face = face_of(request.path_info)
    return None if face is None else face.respond(status, code, message, **extra)
