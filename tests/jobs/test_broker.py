"""The broker between processes: real Redis, real consumers."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pytest
import redis

from inference import topics
from inference.broker import PubSubBroker
from inference.jobs import wake
from tests.services.redis import RedisServer

LONG_MS = 600_000
"""A pause that outlasts the test: whoever hears earlier did not poll."""


@pytest.fixture
def broker(
    fresh_redis: Callable[[], RedisServer], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PubSubBroker]:
    settings.REDIS_URL = fresh_redis().url
    broker = PubSubBroker(url=settings.REDIS_URL, middleware=[])
    monkeypatch.setattr(dramatiq, "get_broker", lambda: broker)
    yield broker
    broker.close()


def actor_of(broker: PubSubBroker, work: Callable[[], None]) -> None:
    dramatiq.actor(work, broker=broker, actor_name=wake.ACTOR, queue_name=wake.QUEUE)


def worker_of(broker: PubSubBroker, threads: int = 2) -> dramatiq.Worker:
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=LONG_MS)
    worker.queue_prefetch = threads
    worker.start()
    return worker


def wait_until_idle(url: str) -> None:
    """Wait until the consumers have subscribed."""
    client = redis.Redis.from_url(url)
    subscribed = threading.Event()
    for _ in range(200):
        if dict(client.pubsub_numsub(wake.work_queued.channel)).popitem()[1]:
            return
        subscribed.wait(0.05)
    raise AssertionError("nobody subscribed")


def test_an_idle_worker_is_told_of_work_instead_of_polling(
    broker: PubSubBroker, settings: Any
) -> None:
    done = threading.Semaphore(0)
    actor_of(broker, done.release)
    worker = worker_of(broker)
    try:
        wait_until_idle(settings.REDIS_URL)
        for _ in range(5):
            assert wake.wake_one() == 1
            assert done.acquire(timeout=20)
    finally:
        broker.flush_all()
        wake.work_queued.tell_all()
        worker.stop(timeout=1000)


def test_a_message_that_came_while_all_threads_worked_is_fetched_when_one_is_free(
    broker: PubSubBroker, settings: Any
) -> None:
    began, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def work() -> None:
        began.release()
        go_on.acquire(timeout=20)

    actor_of(broker, work)
    worker = worker_of(broker, threads=1)
    try:
        wait_until_idle(settings.REDIS_URL)
        wake.wake_one()
        assert began.acquire(timeout=20)
        wake.wake_one()
        assert wake._standing(broker) == 1, "no worker keeps what it has no thread for"
        go_on.release()
        assert began.acquire(timeout=20)
        go_on.release()
    finally:
        wake.work_queued.tell_all()
        worker.stop(timeout=1000)


def test_maintenance_happens_as_rarely_as_dramatiq_means_it(broker: PubSubBroker) -> None:
    from dramatiq.brokers.redis import DEFAULT_MAINTENANCE_CHANCE

    from inference.broker import set_up_broker

    made = set_up_broker()
    dramatiq.set_broker(broker)
    assert made.maintenance_chance == DEFAULT_MAINTENANCE_CHANCE


def test_a_worker_process_hears_of_work_and_not_of_every_chunk_of_audio(
    broker: PubSubBroker, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.live.topic import moved

    for topic in list(topics._topics.values()):
        monkeypatch.setattr(topic, "is_followed", False)
    actor_of(broker, lambda: None)
    worker = worker_of(broker)
    try:
        wait_until_idle(settings.REDIS_URL)
        client = redis.Redis.from_url(settings.REDIS_URL)
        assert dict(client.pubsub_numsub(moved.channel)) == {moved.channel.encode(): 0}
    finally:
        wake.work_queued.tell_all()
        worker.stop(timeout=1000)
