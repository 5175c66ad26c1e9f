"""What has to be looked at from time to time. Any number of schedulers may run."""

import threading
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from inference.jobs.idempotency import forget_old
from inference.jobs.reaper import reap
from inference.jobs.registry import kinds
from inference.jobs.wake import wake_for_waiting
from speech.calls import expire_calls
from speech.purge import expire_speeches, purge_deleted_speeches
from speech.webhooks.dispatch import deliver_due, stop_delivering
from speech.webhooks.purge import purge_old_events
from voiceclone.housekeeping.erase import finish_erasures
from voices.purge import expire_passing_voices, expire_references, purge_deleted_voices

log = structlog.get_logger(__name__)

_LAST_DELIVERIES_SECONDS = 5.0


def _reap_all() -> None:
    for kind in kinds():
        reap(kind)


_DUTIES: tuple[tuple[str, Callable[[], object]], ...] = (
    ("reap", _reap_all),
    ("wake workers", wake_for_waiting),
    ("deliver webhooks", deliver_due),
    ("purge webhooks", purge_old_events),
    ("forget submissions", forget_old),
    ("expire speeches", expire_speeches),
    ("expire references", expire_references),
    ("expire passing voices", expire_passing_voices),
    ("expire calls", expire_calls),
    ("purge speeches", purge_deleted_speeches),
    ("purge voices", purge_deleted_voices),
    ("finish erasures", finish_erasures),
)


def tick() -> None:
    """Do each duty once. One that fails is logged and does not keep the others from theirs."""
    close_old_connections()
    for name, duty in _DUTIES:
        try:
            duty()
        except Exception as error:  # noqa: BLE001 - the next tick tries again
            log.warning("duty_failed", duty=name, error=repr(error))
            close_old_connections()


def run_until(stop: threading.Event) -> None:
    """Tick until ``stop`` is set."""
    while not stop.is_set():
        tick()
        stop.wait(settings.REAPER_SECONDS)
    stop_delivering(seconds=_LAST_DELIVERIES_SECONDS)
    connection.close()
