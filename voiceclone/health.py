"""Whether the process lives, and whether it can do its work."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import dramatiq
import structlog
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from voiceclone.models import WriteCheck

log = structlog.get_logger(__name__)

HEALTHZ, READYZ = "/healthz", "/readyz"

_KEPT_SECONDS = 5.0
"""How long what was found about writes is believed."""

_PADDING = b"\0" * 8192
"""More than a page of any database or disk, so that a write has to take room."""


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


class Writes:
    """Whether something can be written, looked at every few seconds at most."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._works = False
        self._looked_at = float("-inf")

    def work(self) -> bool:
        """Whether the last look found that it can."""
        with self._lock:
            if time.monotonic() - self._looked_at >= _KEPT_SECONDS:
                self._works = self._look()
                self._looked_at = time.monotonic()
            return self._works

    def forget(self) -> None:
        """Look anew the next time."""
        self._looked_at = float("-inf")

    def _look(self) -> bool:
        try:
            self._write()
        except Exception as error:  # noqa: BLE001 - a storage raises whatever its client raises
            log.warning("write_check_failed", of=self._write.__name__, error=repr(error))
            return False
        return True


def _write_to_database() -> None:
    with transaction.atomic():
        row = WriteCheck.objects.create(padding=_PADDING)
        row.delete()


def _write_to_storage() -> None:
    name = f"health/{os.getpid()}-{uuid.uuid4().hex}"
    try:
        default_storage.save(name, ContentFile(_PADDING))
    finally:
        with suppress(OSError):
            default_storage.delete(name)


database_writes = Writes(_write_to_database)
storage_writes = Writes(_write_to_storage)


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
