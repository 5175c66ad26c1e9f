"""Waking workers up. A message carries no job: it says only that there is work.

Which job is next is decided when a worker is free, from the database (see ``fair_scheduler``).
So a lost message delays a job by a tick of the scheduler at most, and a message too many costs
one look. No sender adds a message while ``JOB_BACKLOG`` of them stand in the broker.
"""

import dramatiq
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker

from inference.breaker import Breaker
from inference.models import TenantQueue
from inference.topics import Topic

log = structlog.get_logger(__name__)

QUEUE = "jobs"
ACTOR = "do_jobs"

work_queued = Topic("work")
"""Told with a queue's name whenever a message was added to it."""

broker_breaker = Breaker(rest_seconds=2.0)
"""Whether the broker can be reached; a request does not wait for one that cannot."""


def wake_on_commit() -> None:
    """Wake one worker once the transaction that queued a job is safe.

    Where the broker cannot be reached the request still succeeds: the scheduler wakes workers.
    """
    transaction.on_commit(wake_one, robust=True)


def wake_one() -> int:
    """Send one message, unless enough stand in the broker; returns how many were sent."""
    return _send(wanted=1, at_most=settings.JOB_BACKLOG)


def wake_for_waiting() -> int:
    """Send what messages the queued jobs lack; returns how many were sent."""
    queued = TenantQueue.objects.filter(queued__gt=0).aggregate(n=Sum("queued"))["n"] or 0
    waiting = min(queued, settings.JOB_BACKLOG)
    return _send(wanted=waiting, at_most=waiting) if waiting else 0


def _send(*, wanted: int, at_most: int) -> int:
    """Send up to ``wanted`` messages, so that at most ``at_most`` stand in the broker."""
    if not broker_breaker.may_ask():
        return 0
    broker = dramatiq.get_broker()
    try:
        count = max(0, min(wanted, at_most - _standing(broker)))
        for _ in range(count):
            broker.enqueue(broker.get_actor(ACTOR).message())
    except Exception as error:  # noqa: BLE001 - whatever a broker's client raises
        broker_breaker.failed()
        log.warning("broker_unreachable", error=repr(error))
        return 0
    broker_breaker.answered()
    work_queued.publish(QUEUE)
    return count


def _standing(broker: dramatiq.Broker) -> int:
    """Return how many messages wait for a worker."""
    if isinstance(broker, RedisBroker):
        return int(broker.client.llen(f"{broker.namespace}:{QUEUE}"))
    assert isinstance(broker, StubBroker)
    return int(broker.queues[QUEUE].qsize())
