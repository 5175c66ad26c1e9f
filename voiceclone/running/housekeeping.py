"""Housekeeping: what expires, what is purged, and what is deleted for good.

One scheduler of an installation does it at a time, under a lease. A task with a backlog goes on
at once, in turns with the others; one that has nothing to do, or that failed, rests.
"""

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from inference import leases
from inference.jobs.idempotency import forget_old
from speech.calls import expire_calls
from speech.purge import expire_speeches, purge_deleted_speeches
from speech.webhooks.purge import purge_deleted_endpoints, purge_old_events
from voiceclone.housekeeping.erase import finish_erasures
from voices.purge import (
    expire_handles,
    expire_one_request_voices,
    expire_references,
    purge_deleted_voices,
)

log = structlog.get_logger(__name__)

LEASE: Final = "housekeeping"
LEASE_SECONDS: Final = 120.0
"""Longer than a batch takes. So long housekeeping stands still after its process was killed."""

Task = Callable[[], bool]
"""Does one batch and returns whether there may be more to do at once."""

TASKS: Final[tuple[Task, ...]] = (
    expire_calls,
    expire_speeches,
    expire_references,
    expire_handles,
    expire_one_request_voices,
    purge_deleted_speeches,
    purge_deleted_voices,
    purge_old_events,
    purge_deleted_endpoints,
    forget_old,
    finish_erasures,
)


class Housekeeping:
    """One process's part in the housekeeping."""

    def __init__(self, stop: threading.Event, tasks: Sequence[Task] = TASKS) -> None:
        self._stop = stop
        self._due = dict.fromkeys(tasks, 0.0)
        self._holder = secrets.token_hex(8)

    def run(self) -> None:
        """Do the tasks, again and again, until the process is told to stop."""
        while not self._stop.is_set():
            try:
                more = self.do_round()
            except Exception:
                log.exception("housekeeping_interrupted")
                more = False
            if not more:
                close_old_connections()
                self._stop.wait(settings.HOUSEKEEPING_SECONDS)
        try:
            leases.let_go(LEASE, self._holder)
        except Exception as error:  # noqa: BLE001 - it runs out by itself
            log.warning("lease_not_let_go", name=LEASE, error=repr(error))
        connection.close()

    def do_round(self) -> bool:
        """Do a batch of each task that is due; returns whether any has more to do at once.

        Nothing is done while another process has the lease, or once this one is to stop.
        """
        close_old_connections()
        began = time.monotonic()
        backlog = False
        for task, due in self._due.items():
            if due > began:
                continue
            if self._stop.is_set() or not self._may_go_on():
                return False
            more = _batch(task)
            self._due[task] = began if more else began + settings.HOUSEKEEPING_SECONDS
            backlog = backlog or more
        return backlog

    def _may_go_on(self) -> bool:
        return leases.hold(LEASE, self._holder, seconds=LEASE_SECONDS)


def _batch(task: Task) -> bool:
    try:
        return task()
    except Exception:
        log.exception("housekeeping_failed", task=task.__name__)
        close_old_connections()
        return False
