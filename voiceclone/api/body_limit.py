from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from voiceclone.api.faces import face_of


class BodyLimitMiddleware:
    """Refuses a body that is too large for its mount before a byte of it is read.

    A body must say how long it is: WSGI shows one of unknown length as empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        face = face_of(request.path_info)
        if face is not None:
            if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
                return face.respond(411, "LENGTH_REQUIRED", "Content-Length is required")
            try:
                length = int(request.META.get("CONTENT_LENGTH") or 0)
            except ValueError:
                return face.respond(400, "INVALID_PARAMETERS", "Content-Length is not a number")
            if length > face.body_limit:
                return face.respond(*face.too_large)
        return self.get_response(request)
