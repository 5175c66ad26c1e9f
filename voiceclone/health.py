"""Whether the process lives, and whether it can do its work."""

from collections.abc import Callable
from typing import Any

import dramatiq
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from inference.heartbeat import live_workers
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

    Each part is ``ok``, ``unreachable`` or, of database and storage, ``unwritable``. How many
    worker processes are alive is said, and does not count: without any, jobs are taken and wait.
    """
    parts = {"database": _database(), "broker": _broker(), "storage": _storage()}
    ready = all(state == "ok" for state in parts.values())
    status = "ok" if ready else "unavailable"
    workers = {} if parts["database"] == "unreachable" else _workers()
    said = {"status": status, **parts, **workers}
    return JsonResponse(said, status=200 if ready else 503)


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


def _workers() -> dict[str, Any]:
    try:
        alive = live_workers().processes
    except DatabaseError:
        return {}
    return {"workers": alive} | ({} if alive else {"warning": "no worker is alive: jobs wait"})


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
