"""Waking workers up. A message carries no job: it says only that there is work.

Which job is next is decided when a worker is free, from the database (see ``turns``). So
a lost message delays a job by a tick of the reaper at most, and a message too many costs
one look. Only a bounded number of messages stands in the broker.
"""

import dramatiq
import structlog
from django.conf import settings
from django.db import transaction
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from inference.breaker import Breaker
from inference.jobs.model import JobState
from inference.jobs.registry import kinds

log = structlog.get_logger(__name__)

QUEUE = "jobs"
ACTOR = "do_jobs"

broker_breaker = Breaker(rest_seconds=2.0)
"""Whether the broker can be reached; a request does not wait for one that cannot."""


def wake_on_commit() -> None:
    """Wake one worker once the transaction that queued a job is safe.

    Where the broker cannot be reached the request still succeeds: the reaper wakes workers.
    """
    transaction.on_commit(lambda: _send(1), robust=True)


def wake_for_waiting() -> int:
    """Send what messages the queued jobs lack; returns how many were sent."""
    waiting = sum(
        kind.rows().filter(state=JobState.QUEUED)[: settings.JOB_BACKLOG].count()
        for kind in kinds()
    )
    return _send(waiting) if waiting else 0


def _send(wanted: int) -> int:
    if not broker_breaker.may_ask():
        return 0
    broker = dramatiq.get_broker()
    try:
        room = min(wanted, settings.JOB_BACKLOG) - (_standing(broker) if wanted > 1 else 0)
        for _ in range(room):
            broker.enqueue(broker.get_actor(ACTOR).message())
    except Exception as error:  # noqa: BLE001 - whatever a broker's client raises
        broker_breaker.failed()
        log.warning("broker_unreachable", error=repr(error))
        return 0
    broker_breaker.answered()
    return max(room, 0)


def _standing(broker: dramatiq.Broker) -> int:
    """Return how many messages wait for a worker."""
    if isinstance(broker, RedisBroker):
        return int(broker.client.llen(f"{broker.namespace}:{QUEUE}"))
    assert isinstance(broker, StubBroker)
    return int(broker.queues[QUEUE].qsize())
