import tempfile
from collections.abc import Callable
from typing import IO, Any

from django.core.handlers.wsgi import LimitedStream
from django.http import HttpRequest, HttpResponseBase

from voiceclone.api.credentials import api_key_of
from voiceclone.api.faces import Face, face_of

_BLOCK = 64 * 1024
_IN_MEMORY = 1024 * 1024
_MAX_DIGITS = 18


class _TooLargeError(Exception):
    """The body goes on past the limit."""


class BodyLimitMiddleware:
    """Refuses a body that is too large for its mount before a byte of it is read.

    A body of unstated length (``Transfer-Encoding: chunked``) is read up to the limit for
    those who have a key, and given a length: Django takes it for empty otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse by the stated length, or read on until the length is known."""
        face = face_of(request.path_info)
        if face is None:
            return self.get_response(request)
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            return self._chunked(request, face)
        stated: str = request.META.get("CONTENT_LENGTH") or "0"
        if not (stated.isascii() and stated.isdecimal()):
            return face.respond(400, "INVALID_PARAMETERS", "Content-Length is not a number")
        # What has more digits than any limit may also have more than int() reads.
        if len(stated) > _MAX_DIGITS or int(stated) > face.body_limit:
            known = api_key_of(request) is not None
            return face.respond(*(face.too_large if known else face.unauthorized))
        return self.get_response(request)

    def _chunked(self, request: HttpRequest, face: Face) -> HttpResponseBase:
        if api_key_of(request) is None:
            return face.respond(*face.unauthorized)
        if not _ends_by_itself(request):
            return face.respond(411, "LENGTH_REQUIRED", "Content-Length is required")
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
            try:
                length = _copy(request, kept, face)
            except _TooLargeError:
                return face.respond(*face.too_large)
            kept.seek(0)
            request.META["CONTENT_LENGTH"] = str(length)
            source: Any = kept
            body: Any = LimitedStream(source, length)
            request._stream = body  # noqa: SLF001 - where Django, too, puts it
            return self.get_response(request)


def _ends_by_itself(request: HttpRequest) -> bool:
    """Whether reading on at the end of the body says so, instead of waiting for more."""
    return "asgi.scope" in request.META or bool(request.META.get("wsgi.input_terminated"))


def _copy(request: HttpRequest, kept: IO[bytes], face: Face) -> int:
    length = 0
    while block := request.META["wsgi.input"].read(_BLOCK):
        length += len(block)
        if length > face.body_limit:
            raise _TooLargeError
        kept.write(block)
    return length
