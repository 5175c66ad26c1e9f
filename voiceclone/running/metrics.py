"""This process's figures for Prometheus, on a port of their own."""

import os
import threading
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from prometheus_client import (
    CollectorRegistry,
    Counter,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

from inference.jobs.lifecycle import job_settled
from voiceclone.running.figures import DatabaseFigures, EngineFigures

log = structlog.get_logger(__name__)

PORTS: Final = 16
"""A machine may run so many processes: each takes the first port that is free."""

# Else each counter has a second series, with the time of its first count.
disable_created_metrics()  # type: ignore[no-untyped-call]
registry = CollectorRegistry()

requests = Counter(
    "voiceclone_http_requests",
    "Requests that were answered, and those whose answer waits for a job (deferred).",
    ["method", "route", "status"],
    registry=registry,
)
settled_jobs = Counter(
    "voiceclone_jobs_settled",
    "Jobs whose end this process wrote.",
    ["kind", "state"],
    registry=registry,
)
registry.register(DatabaseFigures())
registry.register(EngineFigures())
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)

_lock = threading.Lock()
_served: dict[int, int] = {}


def start_metrics() -> int | None:
    """Serve them from now on; returns the port, or None where they are off.

    A process that serves them already goes on as before. Those of a machine share a range of
    ports, so this is the first of the range that is free.
    """
    if not settings.METRICS_PORT:
        return None
    with _lock:
        mine = os.getpid()  # a fork has no thread that would serve them
        if mine not in _served:
            port = _listen()
            if port is None:
                return None
            _served.clear()
            _served[mine] = port
            job_settled.connect(_count_settled)
            log.info("metrics_served", address=settings.METRICS_BIND, port=port)
        return _served[mine]


def _listen() -> int | None:
    for port in range(settings.METRICS_PORT, settings.METRICS_PORT + PORTS):
        try:
            start_http_server(port, addr=settings.METRICS_BIND, registry=registry)
        except OSError as error:
            fault = error
        else:
            return port
    log.warning("metrics_not_served", first_port=settings.METRICS_PORT, error=repr(fault))
    return None


def _count_settled(job: Any, **_: Any) -> None:
    count = settled_jobs.labels(type(job).__name__.lower(), job.state.lower())
    transaction.on_commit(count.inc)
