from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from voiceclone.api.faces import face_of


class TrailingSlashMiddleware:
    """Passes over one slash at the end of an API's address, which some clients add.

    A redirect would not do: clients lose the body of a POST on it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer as at the address without it."""
        path = request.path_info
        if path.endswith("/") and face_of(path) is not None:
            request.path_info = path.removesuffix("/")
        return self.get_response(request)
