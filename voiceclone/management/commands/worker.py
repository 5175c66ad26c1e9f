import os
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from inference.engines.base import EngineError
from voiceclone.running.leaving import leave
from voiceclone.running.worker import start_worker, stop_worker

_DRAIN_SECONDS = 30.0
_ENGINE_LOST = 75


class Command(BaseCommand):
    """Do jobs until told to stop."""

    help = (
        "Do jobs from the queue. SIGTERM or SIGINT drains it; an engine that hangs or dies ends"
        f" the process with status {_ENGINE_LOST}, for its supervisor to start it again."
    )

    def handle(self, **_options: Any) -> None:
        """Run until a signal."""
        if settings.EMBEDDED:
            raise CommandError("REDIS_URL is not set: the embedded service does its own jobs")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        try:
            worker = start_worker(
                on_hang=lambda _jobs: os._exit(_ENGINE_LOST),
                on_dead_engine=lambda: os._exit(_ENGINE_LOST),
            )
        except EngineError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"worker: {settings.WORKER_THREADS} threads, engine {settings.ENGINE}")
        self.stdout.flush()
        stop.wait()
        stop_worker(worker, seconds=_DRAIN_SECONDS)
        leave()
