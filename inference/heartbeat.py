"""Which worker processes are alive: each says so in the database, every ten seconds."""

import os
import socket
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Now

from inference.models import WorkerProcess

log = structlog.get_logger(__name__)

BEAT_SECONDS: Final = 10.0
ALIVE: Final = timedelta(seconds=35)
"""Three beats may be missed: a database that restarts takes a few seconds."""
FORGOTTEN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LiveWorkers:
    """How many worker processes are alive, and how many jobs they do at the same time."""

    processes: int
    threads: int


class Heartbeat:
    """This process's row among the workers: written while the process lives."""

    def __init__(self) -> None:
        self._id = uuid.uuid4().hex
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Enter this process, and go on saying that it is alive."""
        self._stopped.clear()
        self._beat(self._enter)
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Remove this process; it takes no more jobs."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._beat(lambda: self._mine().delete())

    def _go_on(self) -> None:
        while not self._stopped.wait(BEAT_SECONDS):
            self._beat(self._say)
            connection.close()  # ten seconds are long to hold one

    def _beat(self, write: Callable[[], object]) -> None:
        try:
            write()
        except DatabaseError as error:  # the next beat tries again
            log.warning("heartbeat_not_written", error=repr(error))

    def _enter(self) -> None:
        """Take the place of whoever had this one: a process that was replaced, or was killed."""
        before = WorkerProcess.objects.all()
        if not settings.EMBEDDED:  # embedded there is one process at a time
            before = before.filter(host=socket.gethostname(), pid=os.getpid())
        before.delete()
        self._say()

    def _say(self) -> None:
        if not self._mine().update(seen_at=Now()):
            WorkerProcess.objects.create(
                id=self._id,
                host=socket.gethostname(),
                pid=os.getpid(),
                threads=settings.WORKER_THREADS,
                engine=settings.ENGINE,
            )
        WorkerProcess.objects.filter(seen_at__lt=Now() - FORGOTTEN).delete()

    def _mine(self) -> QuerySet[WorkerProcess]:
        return WorkerProcess.objects.filter(pk=self._id)


heartbeat = Heartbeat()
"""That of this process."""


def live_workers() -> LiveWorkers:
    """Count the worker processes that were heard of lately, and their threads."""
    alive = WorkerProcess.objects.filter(seen_at__gt=Now() - ALIVE)
    found = alive.aggregate(processes=Count("pk"), threads=Sum("threads", default=0))
    return LiveWorkers(found["processes"], found["threads"])
