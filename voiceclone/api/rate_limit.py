import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django_ratelimit.core import get_usage

from voiceclone.api.client_ip import client_ip
from voiceclone.api.credentials import api_key_of
from voiceclone.api.faces import face_of

log = structlog.get_logger(__name__)

_POLLING = {"GET", "HEAD", "OPTIONS"}
_WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client may still ask for in this window."""

    limit: int
    remaining: int
    resets_in: int
    exceeded: bool


class RateLimitMiddleware:
    """Counts requests per key, or per address without a valid one.

    Polling has a bucket of its own, so that a client that polls each second does not
    starve its own submissions. Where the counters cannot be reached, requests go through.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        face = face_of(request.path_info)
        if face is None:
            return self.get_response(request)
        allowance = _count(request)
        if allowance.exceeded:
            response: HttpResponseBase = face.respond(429, "RATE_LIMITED", "Rate limit exceeded")
            response.headers["Retry-After"] = str(allowance.resets_in)
        else:
            response = self.get_response(request)
        response.headers["X-RateLimit-Limit"] = str(allowance.limit)
        response.headers["X-RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["X-RateLimit-Reset"] = str(int(time.time()) + allowance.resets_in)
        return response


def _count(request: HttpRequest) -> Allowance:
    polling = request.method in _POLLING
    limit = settings.RATE_LIMIT_POLLS if polling else settings.RATE_LIMIT_SUBMISSIONS
    key = api_key_of(request)
    who = f"ip:{client_ip(request)}" if key is None else f"key:{key.pk}"
    try:
        usage = get_usage(
            request,
            group="polls" if polling else "submissions",
            key=lambda _group, _request: who,
            rate=f"{limit}/{_WINDOW_SECONDS}s",
            increment=True,
        )
    except Exception as error:  # noqa: BLE001 - a cache raises whatever its client raises
        log.warning("rate_limit_unavailable", error=repr(error))
        usage = None
    if usage is None:
        return Allowance(limit, limit, _WINDOW_SECONDS, exceeded=False)
    return Allowance(
        limit,
        max(limit - usage["count"], 0),
        max(usage["time_left"], 1),
        exceeded=usage["should_limit"],
    )
