"""Telling those who wait for a job that it has settled.

A notice is sent once the settling transaction is safe. One that is lost delays its waiters by
two seconds: as long as anybody waits, a thread asks the database about all awaited jobs, by one
query for each kind. It does so at once after a broken connection to Redis was made anew.
"""

import threading
import time
from typing import Any

import structlog
from django.db import close_old_connections, connections, transaction
from django.dispatch import receiver

from inference.jobs.lifecycle import job_settled
from inference.jobs.model import LIVE, Job
from inference.jobs.registry import kinds
from inference.topics import Callback, Topic

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""How long a lost notice delays those who wait for it, at most."""

_look_now = threading.Event()
_settled = Topic("settled", when_missed=_look_now.set)
_lock = threading.Lock()
_watcher: threading.Thread | None = None


@receiver(job_settled, dispatch_uid="notices")
def _announce(job: Job, **_signal: Any) -> None:
    transaction.on_commit(lambda: _settled.publish(job.pk), robust=True)


def follow() -> None:
    """Have this process listen to notices before anybody waits, so that the first is in time."""
    _settled.follow()


def subscribe(job_id: str, callback: Callback) -> Callback:
    """Have ``callback`` called when the job may have settled.

    It is called from any thread, at times without cause, and at most every two seconds once the
    job is final; it must be quick. What settled before this call is told two seconds late, so
    look at the job after subscribing.

    Returns:
        What ends the subscription.
    """
    unsubscribe = _settled.subscribe(job_id, callback)
    _watch()
    return unsubscribe


def wait(job_id: str, seconds: float) -> bool:
    """Hold this thread until the job has ended or is gone, for ``seconds`` at most.

    Returns:
        Whether it has.
    """
    told = threading.Event()
    unsubscribe = subscribe(job_id, told.set)
    ends_at = time.monotonic() + seconds
    try:
        while not final_among({job_id}):
            told.wait(max(0.0, ends_at - time.monotonic()))
            if time.monotonic() >= ends_at:
                return bool(final_among({job_id}))
            told.clear()
        return True
    finally:
        unsubscribe()


def final_among(job_ids: set[str]) -> set[str]:
    """Return those of the jobs that have ended or are gone, by one query for each kind of job."""
    live = {
        job_id
        for kind in kinds()
        for job_id in kind.rows()
        .filter(pk__in=job_ids, state__in=LIVE)
        .values_list("pk", flat=True)
    }
    return job_ids - live


def _watch() -> None:
    global _watcher  # noqa: PLW0603 - one thread a process, begun anew when somebody waits
    with _lock:
        if _watcher is None or not _watcher.is_alive():
            _watcher = threading.Thread(target=_look, name="settled-jobs", daemon=True)
            _watcher.start()


def _look() -> None:
    """Look for awaited jobs that are final, until nobody waits."""
    global _watcher  # noqa: PLW0603 - see above
    while True:
        _look_now.wait(LOOK_SECONDS)
        _look_now.clear()
        with _lock:
            awaited = _settled.awaited()
            if not awaited:
                # Given up under the lock, so that whoever comes now starts another.
                _watcher = None
                break
        try:
            close_old_connections()
            for job_id in final_among(awaited):
                _settled.tell(job_id)
        except Exception:  # noqa: BLE001 - a database that restarts must not end the watch
            log.warning("notices_cannot_look")
    connections.close_all()
