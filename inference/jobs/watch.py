"""The watchdog: it ends a process whose engine hangs, and keeps leases alive during storage calls.

A hung C call cannot be interrupted from within, so the process ends itself; the reaper gives its
jobs to another. Only an engine that reports no progress for a whole lease is taken for hung:
storage may be slow, within its own timeouts, and the watchdog prolongs the lease meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import close_old_connections

from inference.jobs.errors import LeaseLostError
from inference.jobs.lifecycle import Claim, extend

log = structlog.get_logger(__name__)

_lock = threading.Lock()
_watched: dict[int, "_Watched"] = {}
_of_thread = threading.local()


@dataclass(slots=True)
class _Watched:
    """A claim in work: when it last moved on, and whether it waits for storage."""

    claim: Claim[Any]
    moved_at: float
    is_storing: bool = False


@contextmanager
def watching(held: Claim[Any]) -> Iterator[None]:
    """Have the watchdog look after a claim while this thread runs the block."""
    watched = _of_thread.watched = _Watched(held, time.monotonic())
    with _lock:
        _watched[id(held)] = watched
    try:
        yield
    finally:
        with _lock:
            del _watched[id(held)]
        _of_thread.watched = None


@contextmanager
def storing() -> Iterator[None]:
    """Keep the lease of this thread's claim alive while the block uses the storage."""
    watched: _Watched | None = getattr(_of_thread, "watched", None)
    if watched is None:
        yield
        return
    watched.is_storing = True
    try:
        yield
    finally:
        watched.moved_at = time.monotonic()
        watched.is_storing = False


def note_progress() -> None:
    """Note that the engine has moved on with this thread's claim."""
    watched: _Watched | None = getattr(_of_thread, "watched", None)
    if watched is not None:
        watched.moved_at = time.monotonic()


def watched_claims() -> list[Claim[Any]]:
    """Return the claims that are being worked on in this process."""
    return [watched.claim for watched in _all()]


def keep_stored_alive() -> None:
    """Prolong the leases of the claims that wait for storage."""
    for watched in _all():
        if watched.is_storing:
            with suppress(LeaseLostError):  # the thread itself finds that out
                extend(watched.claim)


def hung_jobs() -> list[str]:
    """Return the ids of jobs whose engine has reported nothing for longer than a lease."""
    latest = time.monotonic() - settings.JOB_LEASE_SECONDS
    return [
        watched.claim.job.pk
        for watched in _all()
        if not watched.is_storing and watched.moved_at < latest
    ]


def start_watchdog(on_hang: Callable[[list[str]], None]) -> threading.Thread:
    """Look every quarter of a lease; call ``on_hang`` with jobs that hang at two looks running.

    Two, because a process that was suspended is given the time to go on.
    """

    def watch() -> None:
        suspects: set[str] = set()
        while True:
            time.sleep(settings.JOB_LEASE_SECONDS / 4)
            close_old_connections()
            suspects = look(suspects, on_hang)

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    return thread


def look(suspects: set[str], on_hang: Callable[[list[str]], None]) -> set[str]:
    """Look once, after a look that found ``suspects``; return the jobs that hang now."""
    try:
        keep_stored_alive()
    except Exception:  # noqa: BLE001 - a database that restarts must not end the watch
        log.warning("watchdog_cannot_extend")
    hung = set(hung_jobs())
    if again := sorted(suspects & hung):
        log.error("engine_hangs", jobs=again)
        on_hang(again)
    return hung


def _all() -> list[_Watched]:
    with _lock:
        return list(_watched.values())
