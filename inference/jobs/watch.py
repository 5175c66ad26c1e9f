"""The watchdog: a job whose lease ran out although its thread still lives has hung.

A hung C call cannot be interrupted from within, so the process ends itself; the reaper
gives the job to another. The process's owner says how it ends and begins anew.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from inference.jobs.lifecycle import Claim
from inference.jobs.model import JobState

log = structlog.get_logger(__name__)

_lock = threading.Lock()
_watched: dict[int, Claim[Any]] = {}


@contextmanager
def watching(held: Claim[Any]) -> Iterator[None]:
    """Have the watchdog look after a claim while the block runs."""
    with _lock:
        _watched[id(held)] = held
    try:
        yield
    finally:
        with _lock:
            del _watched[id(held)]


def watched_claims() -> list[Claim[Any]]:
    """Return the claims that are being worked on in this process."""
    with _lock:
        return list(_watched.values())


def hung_jobs() -> list[str]:
    """Return the ids of jobs that are worked on here without a lease that still runs."""
    now = timezone.now()
    hung = []
    for held in watched_claims():
        job = type(held.job).rows().filter(pk=held.job.pk).first()
        if job is None:
            continue
        ours = job.state == JobState.RUNNING and job.attempt == held.attempt
        if not ours or job.lease_until is None or job.lease_until < now:
            hung.append(held.job.pk)
    return hung


def start_watchdog(on_hang: Callable[[list[str]], None]) -> threading.Thread:
    """Look every quarter of a lease; call ``on_hang`` when the same job hangs twice running.

    Twice, because a job whose lease was lost is given the time to notice it by itself.
    """

    def look() -> None:
        suspects: set[str] = set()
        while True:
            time.sleep(settings.JOB_LEASE_SECONDS / 4)
            try:
                hung = set(hung_jobs())
            except Exception:  # noqa: BLE001 - a database that restarts must not end the watch
                log.warning("watchdog_cannot_look")
                continue
            again = suspects & hung
            if again:
                log.error("engine_hangs", jobs=sorted(again))
                on_hang(sorted(again))
            suspects = hung

    thread = threading.Thread(target=look, name="watchdog", daemon=True)
    thread.start()
    return thread
