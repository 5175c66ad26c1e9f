"""What has to be looked at from time to time. Any number of schedulers may run."""

import threading
from collections.abc import Callable
from functools import partial

import structlog
from django.conf import settings
from django.db import close_old_connections, connection
from inference.jobs.reaper import reap
from speech.purge import purge_deleted_speeches
from voices.purge import purge_deleted_voices

from voiceclone.running.kinds import JOB_KINDS

log = structlog.get_logger(__name__)

_DUTIES: tuple[tuple[str, Callable[[], None]], ...] = (
    *((f"reap {kind.__name__}", partial(reap, kind)) for kind in JOB_KINDS),
    ("purge speeches", purge_deleted_speeches),
    ("purge voices", purge_deleted_voices),
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
    connection.close()
