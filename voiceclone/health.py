"""Whether the process lives, and whether it can do its work."""

from collections.abc import Callable

import dramatiq
import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from voiceclone.writes import database_writes, storage_writes

log = structlog.get_logger(__name__)

HEALTHZ, READYZ = "/healthz", "/readyz"


class HealthMiddleware:
    """Answers before the Host header is looked at: balancers ask by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the two health routes here, and nothing else."""
        check = {HEALTHZ: healthz, READYZ: readyz}.get(request.path_info)
        return self.get_response(request) if check is None else check()


def healthz() -> JsonResponse:
    """Answer while the process lives."""
    return JsonResponse({"status": "ok"})


def readyz() -> JsonResponse:
    """Answer 200 while all that the service needs works, else 503 and what does not.

    Each part is ``ok``, ``unreachable`` or, of database and storage, ``unwritable``.
    """
    parts = {"database": _database(), "broker": _broker(), "storage": _storage()}
    ready = all(state == "ok" for state in parts.values())
    status = "ok" if ready else "unavailable"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def too_slow() -> JsonResponse:
    """Return the answer where the checks do not come to an end."""
    return JsonResponse({"status": "unavailable", "checks": "too slow"}, status=503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 - any fault means not ready
        log.warning("database_unreachable")
        return "unreachable"
    return "ok" if database_writes.work() else "unwritable"


def _storage() -> str:
    return "ok" if storage_writes.work() else "unwritable"


def _broker() -> str:
    if settings.EMBEDDED:
        return "ok"
    try:
        client = dramatiq.get_broker().client  # type: ignore[attr-defined]
        client.ping()
    except Exception:  # noqa: BLE001 - any fault means not ready
        log.warning("broker_unreachable")
        return "unreachable"
    return "ok"
