"""Whether the process lives, and whether it can do its work."""

from collections.abc import Callable

import dramatiq
import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

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
    """Answer 200 while database and broker can be reached, else 503 and what cannot."""
    checks = {"database": _database(), "broker": _broker()}
    ready = all(checks.values())
    parts = {name: "ok" if well else "unreachable" for name, well in checks.items()}
    status = "ok" if ready else "unavailable"
    return JsonResponse({"status": status, **parts}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 - any fault means not ready
        log.warning("database_unreachable")
        return False
    return True


def _broker() -> bool:
    if settings.EMBEDDED:
        return True
    try:
        client = dramatiq.get_broker().client  # type: ignore[attr-defined]
        return bool(client.ping())
    except Exception:  # noqa: BLE001 - any fault means not ready
        log.warning("broker_unreachable")
        return False
