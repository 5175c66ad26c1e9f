import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django_ratelimit.core import get_usage

from accounts.models import ApiKey
from billing.queries import Limits, default_limits, limits_of
from inference.breaker import Breaker
from voiceclone.api.client_ip import client_ip, network_of
from voiceclone.api.credentials import api_key_of
from voiceclone.api.faces import Face, face_of

log = structlog.get_logger(__name__)

_POLLING = {"GET", "HEAD", "OPTIONS"}
_WINDOW_SECONDS = 60

counters = Breaker(rest_seconds=5.0)
"""Whether the counters can be reached."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a client may still ask for in this window."""

    limit: int
    remaining: int
    resets_at: int
    """When the next window begins, in Unix seconds: from then on a request passes."""

    exceeded: bool

    @property
    def resets_in(self) -> int:
        """Seconds from now until the next window has begun."""
        return max(self.resets_at - int(time.time()), 1)


class RateLimitMiddleware:
    """Counts requests per key, or per address without a valid one.

    Polling has a bucket of its own, so that a client that polls each second does not
    starve its own submissions. Where the counters cannot be reached, requests go through.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse what is over the limit; say in each answer how much is left."""
        face = face_of(request.path_info)
        if face is None:
            return self.get_response(request)
        allowance = _count(request, face)
        if allowance.exceeded:
            response: HttpResponseBase = face.respond(429, "RATE_LIMITED", "Rate limit exceeded")
            response.headers["Retry-After"] = str(allowance.resets_in)
        else:
            response = self.get_response(request)
        response.headers["X-RateLimit-Limit"] = str(allowance.limit)
        response.headers["X-RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["X-RateLimit-Reset"] = str(allowance.resets_at)
        said = face.limit_headers(allowance.limit, allowance.remaining, allowance.resets_in)
        for name, value in said.items():
            response.headers[name] = value
        return response


def _count(request: HttpRequest, face: Face) -> Allowance:
    polling = request.method in _POLLING
    key, limits = _known(request, face)
    limit = limits.polls_per_minute if polling else limits.submissions_per_minute
    who = f"ip:{network_of(client_ip(request))}" if key is None else f"key:{key.pk}"
    usage = _usage(request, "polls" if polling else "submissions", who, limit)
    now = int(time.time())
    if usage is None:
        return Allowance(limit, limit, now + _WINDOW_SECONDS, exceeded=False)
    return Allowance(
        limit,
        max(limit - usage["count"], 0),
        # The library counts the second in which a window ends as part of it.
        now + max(usage["time_left"], 0) + 1,
        exceeded=usage["should_limit"],
    )


def _known(request: HttpRequest, face: Face) -> tuple[ApiKey | None, Limits]:
    """Return the key that asks and the limits of its workspace's plan."""
    try:
        key = api_key_of(request)
        if key is None:
            return None, default_limits()
        return key, limits_of(key.workspace, default=face.limits())
    except DatabaseError:
        return None, default_limits()  # the view meets the same fault, and answers for it


def _usage(request: HttpRequest, bucket: str, who: str, limit: int) -> dict[str, Any] | None:
    if not settings.RATELIMIT_ENABLE or not counters.may_ask():
        return None
    try:
        usage: dict[str, Any] | None = get_usage(
            request,
            group=bucket,
            key=lambda _group, _request: who,
            rate=f"{limit}/{_WINDOW_SECONDS}s",
            increment=True,
        )
    except Exception as error:  # noqa: BLE001 - a cache raises whatever its client raises
        counters.failed()
        log.warning("rate_limit_unavailable", error=repr(error))
        return None
    if counters.answered():
        log.info("rate_limit_available")
    # A limit of 0 is how the library says that the counter went missing under its hands.
    return usage if usage and usage["limit"] else None
