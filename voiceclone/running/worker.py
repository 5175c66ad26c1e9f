"""The threads that do jobs, in a process of their own or in the embedded one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import dramatiq
import structlog
from django.conf import settings
from django.db import connection

from inference.engines.registry import close_engines, get_engine
from inference.heartbeat import heartbeat
from inference.jobs.lifecycle import release
from inference.jobs.runner import when_engine_dies
from inference.jobs.watch import start_watchdog, watched_claims
from speech.downloader import Downloader
from voiceclone.running.metrics import start_metrics
from voices.system import make_samples

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Worker:
    """The running parts of a worker process."""

    jobs: dramatiq.Worker
    downloader: Downloader


def start_worker(
    *, on_hang: Callable[[list[str]], None], on_dead_engine: Callable[[], object]
) -> Worker:
    """Start the process's worker threads and its watchdog, with the engine loaded and warm.

    ``on_hang`` is called with the jobs whose engine hangs, ``on_dead_engine`` by the thread that
    finds that an engine stopped although the process does not shut down.

    Raises:
        EngineError: the engine cannot run here.
    """
    start_metrics()
    get_engine(settings.ENGINE)
    when_engine_dies(on_dead_engine)
    broker = dramatiq.get_broker()
    broker.emit_after("process_boot")
    worker = Worker(dramatiq.Worker(broker, worker_threads=settings.WORKER_THREADS), Downloader())
    # A message that waits for a thread here could be at work in another process.
    worker.jobs.queue_prefetch = settings.WORKER_THREADS
    worker.jobs.start()
    worker.downloader.start()
    start_watchdog(on_hang)
    heartbeat.start()
    threading.Thread(target=_samples, name="samples", daemon=True).start()
    return worker


def stop_worker(worker: Worker, *, seconds: float) -> None:
    """Let each thread finish its job within ``seconds``; what is not done goes back."""
    heartbeat.stop()
    worker.downloader.stop()
    worker.jobs.stop(timeout=int(seconds * 1000))
    for held in watched_claims():
        release(held)
    close_engines()


def _samples() -> None:
    try:
        made = make_samples()
        if made:
            log.info("system_voice_samples_made", count=made)
    except Exception:  # the next start tries again
        log.exception("system_voice_samples_failed")
    finally:
        connection.close()
