"""The broker: Redis between processes, or a queue in memory on the embedded default."""

import dramatiq
from django.conf import settings
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from inference.middleware.db_connections import DbConnections
from inference.middleware.drain import Drain
from inference.middleware.log_context import LogContext


def set_up_broker() -> dramatiq.Broker:
    """Make the process's broker and declare its middleware, each with one concern.

    There is no retry middleware: the database owns retries.
    """
    middleware = [DbConnections(), LogContext(), Drain()]
    broker: dramatiq.Broker
    if settings.REDIS_URL:
        broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=settings.REDIS_URL,
            middleware=middleware,
            # Without this a killed worker's unread messages come back only after minutes.
            maintenance_chance=100_000,
            socket_connect_timeout=0.5,
            socket_timeout=2,
            retry=Retry(NoBackoff(), 1),  # a request must not wait for a Redis that is away
        )
    else:
        broker = StubBroker(middleware=middleware)
    dramatiq.set_broker(broker)
    return broker
