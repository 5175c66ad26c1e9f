"""Whether the process lives, and whether it can do its work."""

import dramatiq
import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

log = structlog.get_logger(__name__)


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
