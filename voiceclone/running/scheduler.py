"""The scheduler: periodic tasks, each in a thread of its own, so that none waits for another.

Any number of schedulers may run. All of them put back lost jobs, wake workers and deliver
webhooks; housekeeping is done by one at a time.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from django.conf import settings
from django.db import close_old_connections, connection

from inference.jobs.reaper import reap
from inference.jobs.registry import kinds
from inference.jobs.wake import wake_for_waiting
from speech.webhooks.dispatch import deliver_due, stop_delivering
from voiceclone.running.housekeeping import Housekeeping

log = structlog.get_logger(__name__)

_LAST_DELIVERIES_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """What is done every ``REAPER_SECONDS``, whatever becomes of the other tasks."""

    name: str
    run: Callable[[], object]

    def repeat_until(self, stop: threading.Event) -> None:
        """Do the task again and again until ``stop`` is set; a failure is logged."""
        while not stop.is_set():
            close_old_connections()
            try:
                self.run()
            except Exception:
                log.exception("periodic_task_failed", task=self.name)
                close_old_connections()
            stop.wait(settings.REAPER_SECONDS)
        connection.close()


def periodic_tasks() -> list[PeriodicTask]:
    """Return the tasks that every scheduler does."""
    reaping = [
        PeriodicTask(f"reap {kind.__name__.lower()} jobs", partial(reap, kind)) for kind in kinds()
    ]
    return [
        *reaping,
        PeriodicTask("wake workers", wake_for_waiting),
        PeriodicTask("deliver webhooks", deliver_due),
    ]


def run_until(stop: threading.Event) -> None:
    """Do everything until ``stop`` is set.

    What is being done then may take ten seconds to end; what takes longer is left behind.
    """
    threads = [
        threading.Thread(target=task.repeat_until, args=(stop,), name=task.name, daemon=True)
        for task in periodic_tasks()
    ]
    housekeeping = Housekeeping(stop)
    threads.append(threading.Thread(target=housekeeping.run, name="housekeeping", daemon=True))
    for thread in threads:
        thread.start()
    stop.wait()
    end = time.monotonic() + _STOP_SECONDS
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
    late = [thread.name for thread in threads if thread.is_alive()]
    if late:
        log.warning("periodic_tasks_left_behind", tasks=late)
    stop_delivering(seconds=_LAST_DELIVERIES_SECONDS)
