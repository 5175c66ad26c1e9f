"""What becomes of streams and notices when Redis goes away and comes back."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import redis

from inference import topics
from inference.jobs import notices
from inference.live import LiveLostError, open_writer, recent
from inference.live.topic import moved
from tests.live.chunks import chunk, chunks, collect, open_reader, run
from tests.services.redis import RedisServer


@pytest.fixture
def server(fresh_redis: Callable[[], RedisServer], settings: Any) -> RedisServer:
    server = fresh_redis()
    settings.REDIS_URL = server.url
    return server


@pytest.fixture
def job_id() -> str:
    return uuid4().hex


@contextmanager
def silent(server: RedisServer) -> Iterator[None]:
    """Have the server hold its connections and say nothing."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


def seconds_of(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def write_the_rest(writer: Any, first: int, count: int) -> None:
    for index in range(first, count):
        writer.write(chunk(index))
    writer.end()


def test_a_writer_does_not_mind_the_loss_and_its_reader_is_told(
    server: RedisServer, job_id: str
) -> None:
    async def scene() -> None:
        writer = open_writer(job_id, 1)
        writer.write(chunk(0))
        async with open_reader(job_id) as reader:
            assert await anext(reader) == chunk(0)
            following = asyncio.ensure_future(anext(reader))
            await asyncio.sleep(0.1)
            server.kill()
            with pytest.raises(LiveLostError):
                await asyncio.wait_for(following, 1)
        assert seconds_of(lambda: write_the_rest(writer, 1, 50)) < 1

    run(scene())


def test_a_reader_that_waits_for_the_first_chunk_is_told_of_the_loss(
    server: RedisServer, job_id: str
) -> None:
    async def scene() -> None:
        reading = asyncio.ensure_future(collect(job_id))
        await asyncio.sleep(0.2)
        assert not reading.done()
        server.kill()
        with pytest.raises(LiveLostError):
            await asyncio.wait_for(reading, 1)

    run(scene())


def test_what_was_begun_before_a_restart_is_given_up_and_what_begins_after_it_streams(
    server: RedisServer, job_id: str
) -> None:
    writer = open_writer(job_id, 1)
    writer.write(chunk(0))
    server.kill()
    writer.write(chunk(1))
    server.restart()
    time.sleep(0.3)  # the breaker's rest
    writer.write(chunk(2))
    with pytest.raises(LiveLostError, match="gave the stream up"):
        recent(job_id)
    another = uuid4().hex
    write_the_rest(open_writer(another, 1), 0, 3)
    assert run(collect(another)) == chunks(3)


def test_a_restart_between_two_chunks_is_noticed(server: RedisServer, job_id: str) -> None:
    writer = open_writer(job_id, 1)
    writer.write(chunk(0))
    server.kill()
    server.restart()
    writer.write(chunk(1))
    with pytest.raises(LiveLostError, match="gave the stream up"):
        recent(job_id)


def test_a_job_that_began_without_redis_is_made_without_a_stream(
    server: RedisServer, job_id: str
) -> None:
    server.kill()
    writer = open_writer(job_id, 1)
    write_the_rest(writer, 0, 3)
    writer.discard()
    with pytest.raises(LiveLostError):
        recent(job_id)


def test_a_redis_that_is_silent_costs_a_writer_a_moment_only(
    server: RedisServer, job_id: str
) -> None:
    writer = open_writer(job_id, 1)
    with silent(server):
        # The tests' breaker rests for 0.2 seconds; the service's for two.
        assert seconds_of(lambda: write_the_rest(writer, 0, 50)) < 3.5


def test_a_redis_without_memory_loses_the_stream_and_nothing_else(
    server: RedisServer, job_id: str
) -> None:
    writer = open_writer(job_id, 1)
    told = threading.Event()
    end = topics._topics[b"voiceclone:settled"].subscribe(job_id, told.set)
    time.sleep(0.3)
    told.clear()
    with redis.Redis.from_url(server.url) as admin:
        admin.config_set("maxmemory", 1)
        writer.write(chunk(0))
        notices._settled.publish(job_id)
        assert told.wait(60)
        admin.config_set("maxmemory", 0)
    end()
    writer.write(chunk(1))
    with pytest.raises(LiveLostError, match="gave the stream up"):
        recent(job_id)


def test_those_who_wait_look_again_when_redis_is_back_and_hear_notices_as_before(
    server: RedisServer, job_id: str
) -> None:
    told = threading.Event()
    end = moved.subscribe(job_id, told.set)
    assert told.wait(60)  # that the listener has connected
    told.clear()
    server.kill()
    moved.publish(job_id)  # into the void
    assert told.wait(60)  # of the loss, once
    told.clear()
    assert not told.wait(0.7)
    server.restart()
    assert told.wait(60)
    told.clear()
    with redis.Redis.from_url(server.url) as another_process:
        another_process.publish(moved.channel, job_id)
    assert told.wait(60)
    end()


def test_a_connection_that_went_silent_is_made_anew(
    server: RedisServer, job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "_TICK_SECONDS", 0.1)
    monkeypatch.setattr(topics, "_QUIET_SECONDS", 0.5)
    told = threading.Event()
    end = moved.subscribe(job_id, told.set)
    assert told.wait(60)
    told.clear()
    assert not told.wait(2)  # one that is merely quiet answers when it is asked
    with silent(server):
        time.sleep(2)
    assert told.wait(60)
    end()


def test_settling_is_not_held_up_by_a_silent_redis(server: RedisServer, job_id: str) -> None:
    with silent(server):
        assert seconds_of(lambda: [notices._settled.publish(job_id) for _ in range(50)]) < 3


def test_after_a_broken_connection_all_waiters_are_looked_for_by_one_query_for_each_kind(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LOOK_SECONDS", 3600)
    monkeypatch.setattr(notices, "_watcher", None)
    looks: list[set[str]] = []
    looked = threading.Event()
    ids = {uuid4().hex for _ in range(50)}
    ended = min(ids)

    def look(job_ids: set[str]) -> set[str]:
        looks.append(job_ids)
        looked.set()
        return {ended}

    monkeypatch.setattr(notices, "final_among", look)
    told: list[str] = []
    ends = [notices.subscribe(one, lambda one=one: told.append(one)) for one in ids]
    assert looked.wait(60)  # on connecting
    server.kill()
    server.restart()
    told.clear()
    looks.clear()
    looked.clear()
    assert looked.wait(60)
    for end in ends:
        end()
    notices._look_now.set()  # so that the thread finds that nobody waits
    assert set(map(frozenset, looks)) == {frozenset(ids)}
    assert set(told) <= {ended}
