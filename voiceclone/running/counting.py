from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from voiceclone.api.waiting import Deferred
from voiceclone.running.metrics import requests

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class CountingMiddleware:
    """Counts requests by the route's pattern, so that addresses made up by callers count as one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count it once it is answered."""
        response = self.get_response(request)
        match = request.resolver_match
        requests.labels(
            request.method if request.method in _METHODS else "other",
            "none" if match is None else f"/{match.route}",
            "deferred" if isinstance(response, Deferred) else str(response.status_code),
        ).inc()
        return response
