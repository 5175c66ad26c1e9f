"""Whether something can be written: a full disk is found by nothing but a write."""

import os
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from voiceclone.models import WriteCheck

log = structlog.get_logger(__name__)

_KEPT_SECONDS = 5.0
"""How long what was found about writes is believed."""

_PADDING = b"\0" * 8192
"""More than a page of any database or disk, so that a write has to take room."""


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
