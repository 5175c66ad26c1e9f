"""Starting and stopping the parts of the embedded service."""

import os
import signal
import socket
import sys
import threading

import structlog
import uvicorn
from django.core.management import call_command

from inference.engines.base import EngineError
from inference.jobs.reaper import reclaim_all
from inference.jobs.registry import kinds
from voiceclone.asgi import application
from voiceclone.embedded.banner import banner
from voiceclone.embedded.demo import ensure_demo
from voiceclone.embedded.preflight import stop
from voiceclone.front.protocol import Protocol
from voiceclone.running.scheduler import run_until
from voiceclone.running.worker import start_worker, stop_worker

log = structlog.get_logger(__name__)

_DRAIN_SECONDS = 10.0


class _Server(uvicorn.Server):
    """Says that it is up once it is."""

    greeting = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(self.greeting)
        sys.stdout.flush()


def serve(listener: socket.socket) -> None:
    """Migrate, then serve until Ctrl-C or SIGTERM; jobs in work are requeued by the end."""
    call_command("migrate", verbosity=0, interactive=False)
    for kind in kinds():
        reclaimed = reclaim_all(kind)  # the lock on our home says that nobody runs them
        if reclaimed:
            log.info("jobs_reclaimed", kind=kind.__name__, count=reclaimed)
    demo = ensure_demo()
    stopping = threading.Event()
    try:
        worker = start_worker(on_hang=_begin_anew)
    except EngineError as error:
        stop(" ".join(error.message.split()))
    scheduler = threading.Thread(target=run_until, args=(stopping,), name="scheduler")
    scheduler.start()
    server = _Server(_configuration())
    server.greeting = banner(demo)
    # After its own orderly end uvicorn raises the signal anew: SIGTERM, too, shall find a handler.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # uvicorn raises it anew after it has shut down
    finally:
        sys.stdout.write("\nstopping\n")
        stopping.set()
        scheduler.join()
        stop_worker(worker, seconds=_DRAIN_SECONDS)


def _configuration() -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=Protocol,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def _begin_anew(jobs: list[str]) -> None:
    """Replace this process by a fresh one: a hung engine cannot be ended in any other way."""
    log.error("restarting_because_of_hung_jobs", jobs=jobs)
    os.execv(sys.executable, [sys.executable, "-m", "voiceclone.embedded"])  # noqa: S606 - ourselves
