"""The broker: Redis between processes, or a queue in memory on the embedded default."""

import threading
from collections.abc import Iterable
from typing import Any

import dramatiq
from django.conf import settings
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from inference.jobs.wake import work_queued
from inference.middleware.db_connections import DbConnections
from inference.middleware.drain import Drain
from inference.middleware.log_context import LogContext

_NO_PAUSE_MS = 1


class PubSubBroker(RedisBroker):
    """Dramatiq's Redis broker, whose idle consumers are woken by pub/sub instead of polling."""

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Return a consumer that looks when it is told of a message, or after ``timeout`` ms."""
        polling = super().consume(queue_name, prefetch, _NO_PAUSE_MS)
        return _NotifiedConsumer(polling, queue_name, timeout / 1000)


class _NotifiedConsumer(Consumer):
    """Dramatiq's consumer, with its pause replaced by waiting for a notice."""

    def __init__(self, polling: Consumer, queue_name: str, seconds: float) -> None:
        self._polling = polling
        self._seconds = seconds
        self._told = threading.Event()
        self._unsubscribe = work_queued.subscribe(queue_name, self._told.set)

    def __next__(self) -> Any:
        self._told.clear()  # before the look, so that what comes during it is not missed
        message = next(self._polling)
        if message is None:
            self._told.wait(self._seconds)
        return message

    def ack(self, message: Any) -> None:
        """Acknowledge a message; a thread is free for the next one."""
        self._polling.ack(message)
        self._told.set()

    def nack(self, message: Any) -> None:
        """Refuse a message; a thread is free for the next one."""
        self._polling.nack(message)
        self._told.set()

    def requeue(self, messages: Iterable[Any]) -> None:
        """Put messages back."""
        self._polling.requeue(messages)

    def close(self) -> None:
        """End the subscription."""
        self._unsubscribe()
        self._polling.close()


def set_up_broker() -> dramatiq.Broker:
    """Make the process's broker and declare its middleware, each with one concern.

    There is no retry middleware: the database owns retries.
    """
    middleware = [DbConnections(), LogContext(), Drain()]
    broker: dramatiq.Broker
    if settings.REDIS_URL:
        broker = PubSubBroker(  # type: ignore[no-untyped-call]
            url=settings.REDIS_URL,
            middleware=middleware,
            socket_connect_timeout=0.5,
            socket_timeout=2,
            retry=Retry(NoBackoff(), 1),  # a request must not wait for a Redis that is away
        )
    else:
        broker = StubBroker(middleware=middleware)
    dramatiq.set_broker(broker)
    return broker
