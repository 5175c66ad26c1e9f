from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from voiceclone.api.faces import face_of

_AS_IT_IS = {"", "identity"}


class ContentEncodingMiddleware:
    """Refuses a body that is compressed: its limits are of what is read, not of what is sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 415 in the dialect's form."""
        face = face_of(request.path_info)
        encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
        if face is None or encoding in _AS_IT_IS or not _has_body(request):
            return self.get_response(request)
        response = face.respond(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "Content-Encoding is not supported: send the body uncompressed",
        )
        response.headers["Accept-Encoding"] = "identity"
        return response


def _has_body(request: HttpRequest) -> bool:
    stated = request.META.get("CONTENT_LENGTH") or "0"
    return stated != "0" or "HTTP_TRANSFER_ENCODING" in request.META
