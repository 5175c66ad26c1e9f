"""How large a body may be, for every path there is, and how a body is refused."""

import tempfile
from collections.abc import Callable
from enum import StrEnum
from typing import IO, Any

from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from voiceclone.api.credentials import api_key_of
from voiceclone.api.faces import KB, Face, face_of

ANYBODYS_LIMIT = 64 * KB
"""Bytes that are taken without a key, and all that pages take."""

REFUSED = "voiceclone.refused"
"""Where the front's WSGI environment says why it did not read a body. No client can write there."""

_BLOCK = 64 * KB
_IN_MEMORY = 1024 * KB
_MAX_DIGITS = 18
_RETRY_SECONDS = "5"


class Refused(StrEnum):
    """Why a body was not read to its end."""

    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    NO_KEY = "no key"
    NO_ROOM = "no room"


class _TooLargeError(Exception):
    """The body goes on past the limit."""


def limit_of(path: str) -> int:
    """Return how many bytes of body ``path`` takes."""
    return _mount_of(path).body_limit


def stated_length(header: bytes | str) -> int | None:
    """Return a ``Content-Length`` as a number; None where it is none.

    What has more digits than any limit counts as the largest number: int() reads no more.
    """
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    if not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS


class BodyLimitMiddleware:
    """Refuses a body that is too large for its path before a byte of it is parsed.

    Behind the front the body has been read, or refused, before. Under a plain WSGI server a body
    of unstated length (``Transfer-Encoding: chunked``) is read here up to the limit, for those
    who have a key, and given a length: Django takes it for empty otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse by the stated length, or read on until the length is known."""
        mount = _mount_of(request.path_info)
        refused = request.META.get(REFUSED)
        if isinstance(refused, Refused):
            return _refusal(request, mount, refused)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._chunked(request, mount)
        length = stated_length(request.META.get("CONTENT_LENGTH") or "0")
        if length is None:
            return mount.respond(400, "INVALID_PARAMETERS", "Content-Length is not a number")
        if length > mount.body_limit:
            return _refusal(request, mount, Refused.TOO_LARGE)
        return self.get_response(request)

    def _chunked(self, request: HttpRequest, mount: Face) -> HttpResponseBase:
        if mount is not _PAGES and api_key_of(request) is None:
            return mount.respond(*mount.unauthorized)
        if not request.META.get("wsgi.input_terminated"):
            return mount.respond(411, "LENGTH_REQUIRED", "Content-Length is required")
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
            try:
                length = _copy(request, kept, mount)
            except _TooLargeError:
                return mount.respond(*mount.too_large)
            kept.seek(0)
            request.META["CONTENT_LENGTH"] = str(length)
            source: Any = kept
            body: Any = LimitedStream(source, length)
            request._stream = body  # noqa: SLF001 - where Django, too, puts it
            return self.get_response(request)


def _page_error(status: int, _code: str, message: str, **_extra: Any) -> HttpResponse:
    return HttpResponse(f"{message}\n", status=status, content_type="text/plain; charset=utf-8")


_TOO_LARGE = (413, "PAYLOAD_TOO_LARGE", "Request body too large")
_PAGES = Face("", ANYBODYS_LIMIT, _page_error, _TOO_LARGE, _TOO_LARGE)
"""All that is no dialect's: pages, the admin, static files, what does not exist."""


def _mount_of(path: str) -> Face:
    return face_of(path) or _PAGES


def _refusal(request: HttpRequest, mount: Face, why: Refused) -> HttpResponse:
    if why is Refused.TOO_SLOW:
        return mount.respond(408, "REQUEST_TIMEOUT", "The request body did not arrive in time")
    if why is Refused.NO_ROOM:
        message = "Too many recordings are being received. Please try again."
        response = mount.respond(503, "UNAVAILABLE", message)
        response.headers["Retry-After"] = _RETRY_SECONDS
        return response
    is_known = mount is _PAGES or (why is not Refused.NO_KEY and api_key_of(request) is not None)
    return mount.respond(*(mount.too_large if is_known else mount.unauthorized))


def _copy(request: HttpRequest, kept: IO[bytes], mount: Face) -> int:
    length = 0
    while block := request.META["wsgi.input"].read(_BLOCK):
        length += len(block)
        if length > mount.body_limit:
            raise _TooLargeError
        kept.write(block)
    return length
