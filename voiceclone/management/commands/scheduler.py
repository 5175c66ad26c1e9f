import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from voiceclone.running.leaving import leave
from voiceclone.running.metrics import start_metrics
from voiceclone.running.scheduler import run_until


class Command(BaseCommand):
    """Look after the jobs until told to stop."""

    help = (
        "Put back lost jobs, wake workers, deliver webhooks, do the housekeeping. Several may run."
    )

    def handle(self, **_options: Any) -> None:
        """Run until a signal."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        start_metrics()
        self.stdout.write("scheduler: running")
        self.stdout.flush()
        run_until(stop)
        leave()
