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

log = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers before the Host header is looked at: balancers ask by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the two health routes here, and nothing else."""
        check = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        return self.get_response(request) if check is None else check(request)


def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer while the process lives."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 while database and broker can be reached, else 503 and what cannot.

    How many worker processes are alive is said, and does not count: without any, jobs are taken
    and wait.
    """
    checks = {"database": _database(), "broker": _broker()}
    ready = all(checks.values())
    parts = {name: "ok" if well else "unreachable" for name, well in checks.items()}
    status = "ok" if ready else "unavailable"
    said = {"status": status, **parts, **(_workers() if checks["database"] else {})}
    return JsonResponse(said, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 - any fault means not ready
        log.warning("database_unreachable")
        return False
    return True


def _workers() -> dict[str, Any]:
    try:
        alive = live_workers().processes
    except DatabaseError:
        return {}
    return {"workers": alive} | ({} if alive else {"warning": "no worker is alive: jobs wait"})


def _broker() -> bool:
    if settings.EMBEDDED:
        return True
    try:
        client = dramatiq.get_broker().client  # type: ignore[attr-defined]
        return bool(client.ping())
    except Exception:  # noqa: BLE001 - any fault means not ready
        log.warning("broker_unreachable")
        return False
