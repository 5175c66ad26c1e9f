"""A live stream from its writer to its readers, through Redis or in memory."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from inference import redis_client
from inference.live import LiveChunk, LiveLostError, local, open_writer, reader, recent, remote
from inference.live.position import Look, Position
from inference.live.topic import moved
from tests.live.chunks import SIZE, chunk, chunks, collect, open_reader, run

pytestmark = pytest.mark.anydb


@pytest.fixture
def job_id() -> str:
    return uuid4().hex


def test_a_reader_gets_all_chunks_as_they_were_written(job_id: str) -> None:
    writer = open_writer(job_id, 1)
    for one in chunks(7):
        writer.write(one)
    writer.end()
    assert run(collect(job_id)) == chunks(7)


def test_a_reader_that_came_first_gets_each_chunk_as_it_is_made(job_id: str) -> None:
    async def scene() -> None:
        async with open_reader(job_id) as reader:
            first = asyncio.ensure_future(anext(reader))
            await asyncio.sleep(0.1)
            assert not first.done()
            writer = await asyncio.to_thread(open_writer, job_id, 1)
            for index in range(5):
                await asyncio.to_thread(writer.write, chunk(index))
                written = time.monotonic()
                assert await (first if index == 0 else anext(reader)) == chunk(index)
                assert time.monotonic() - written < 0.5
            last = asyncio.ensure_future(anext(reader, None))
            await asyncio.to_thread(writer.end)
            assert await asyncio.wait_for(last, 0.5) is None

    run(scene())


def test_a_reader_that_comes_back_goes_on_after_what_it_has(job_id: str) -> None:
    writer = open_writer(job_id, 1)
    for one in chunks(5):
        writer.write(one)
    assert recent(job_id, after=2) == (chunks(5)[3:], False)
    writer.end()
    assert recent(job_id, after=2) == (chunks(5)[3:], True)
    assert recent(job_id, after=4) == ([], True)
    assert run(collect(job_id, after=2)) == chunks(5)[3:]


def test_what_is_ahead_of_a_slow_reader_stays_with_the_stream(
    job_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[int] = []

    class Counting(Position):
        def take(self, look: Look) -> list[LiveChunk]:
            fetched.append(len(look.chunks))
            return super().take(look)

    monkeypatch.setattr(reader, "Position", Counting)
    writer = open_writer(job_id, 1)
    began = time.monotonic()
    for one in chunks(100):
        writer.write(one)
    writer.end()
    assert time.monotonic() - began < 2

    async def scene() -> None:
        async with open_reader(job_id) as reading:
            assert await anext(reading) == chunk(0)
            await asyncio.sleep(0.3)
            assert fetched == [2]
            assert [one async for one in reading] == chunks(100)[1:]

    run(scene())


def test_a_reader_whose_chunks_were_trimmed_is_told(job_id: str, settings: Any) -> None:
    settings.LIVE_STREAM_MAX_BYTES = 3 * SIZE
    writer = open_writer(job_id, 1)

    async def scene() -> None:
        async with open_reader(job_id) as reader:
            writer.write(chunk(0))
            assert await anext(reader) == chunk(0)
            for one in chunks(10)[1:]:
                writer.write(one)
            with pytest.raises(LiveLostError, match="trimmed"):
                await anext(reader)

    run(scene())
    with pytest.raises(LiveLostError, match="trimmed"):
        recent(job_id)
    with pytest.raises(LiveLostError, match="trimmed"):
        recent(job_id, after=5)
    assert recent(job_id, after=6) == (chunks(10)[7:], False)


def test_a_chunk_larger_than_the_cap_is_still_handed_out(job_id: str, settings: Any) -> None:
    settings.LIVE_STREAM_MAX_BYTES = SIZE
    writer = open_writer(job_id, 1)
    writer.write(chunk(0, size=3 * SIZE))
    assert recent(job_id) == ([chunk(0, size=3 * SIZE)], False)


def test_a_stream_expires_when_nothing_is_written(job_id: str, settings: Any) -> None:
    settings.LIVE_STREAM_SECONDS = 1
    writer = open_writer(job_id, 1)
    for one in chunks(4):  # each write prolongs it
        writer.write(one)
        time.sleep(0.4)
    assert recent(job_id) == (chunks(4), False)
    time.sleep(1.2)
    with pytest.raises(LiveLostError, match="gone"):
        recent(job_id, after=0)
    assert recent(job_id) == ([], False)
    writer.write(chunk(4))  # who begins now must not wait for what is gone
    with pytest.raises(LiveLostError, match="gave the stream up"):
        recent(job_id)


def test_an_ended_stream_is_kept_for_a_while(
    job_id: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote if settings.REDIS_URL else local, "ENDED_SECONDS", 1)
    writer = open_writer(job_id, 1)
    writer.write(chunk(0))
    writer.end()
    assert recent(job_id) == ([chunk(0)], True)
    time.sleep(1.2)
    if settings.REDIS_URL:
        assert list(redis_client.client().scan_iter(f"*{job_id}*")) == []
    assert recent(job_id) == ([], False)


def test_a_reader_with_nothing_yet_goes_over_to_the_new_attempt(job_id: str) -> None:
    async def scene() -> None:
        lost = open_writer(job_id, 1)
        reading = asyncio.ensure_future(collect(job_id))
        await asyncio.sleep(0.1)
        lost.discard()
        writer = open_writer(job_id, 2)
        for one in chunks(3, attempt=2):
            writer.write(one)
        writer.end()
        assert await asyncio.wait_for(reading, 1) == chunks(3, attempt=2)

    run(scene())


@pytest.mark.parametrize("is_discarded", [True, False])
def test_a_reader_in_the_middle_of_a_lost_attempt_is_told(job_id: str, is_discarded: bool) -> None:
    async def scene() -> None:
        lost = open_writer(job_id, 1)
        lost.write(chunk(0))
        async with open_reader(job_id) as reader:
            assert await anext(reader) == chunk(0)
            following = asyncio.ensure_future(anext(reader))
            await asyncio.sleep(0.1)
            if is_discarded:
                lost.discard()
            else:
                open_writer(job_id, 2)
            with pytest.raises(LiveLostError):
                await asyncio.wait_for(following, 1)

    run(scene())


def test_a_lost_attempt_does_not_take_readers_back(job_id: str) -> None:
    writer = open_writer(job_id, 2)
    writer.write(chunk(0, attempt=2))
    hung = open_writer(job_id, 1)
    hung.write(chunk(0, size=5))
    hung.write(chunk(1, size=5))
    hung.discard()
    assert recent(job_id) == ([chunk(0, attempt=2)], False)


def test_a_discarded_stream_is_gone_even_after_its_end(job_id: str) -> None:
    writer = open_writer(job_id, 1)
    writer.write(chunk(0))
    writer.end()
    writer.discard()
    assert recent(job_id) == ([], False)


def test_a_stream_without_chunks_ends(job_id: str) -> None:
    open_writer(job_id, 1).end()
    assert run(collect(job_id)) == []


def test_chunks_out_of_order_are_a_fault(job_id: str) -> None:
    writer = open_writer(job_id, 1)
    writer.write(chunk(0))
    for wrong in (0, 2):
        with pytest.raises(ValueError, match="follow"):
            writer.write(chunk(wrong))
    writer.end()
    with pytest.raises(ValueError, match="follow"):
        writer.write(chunk(1))


def test_a_reader_that_leaves_is_not_called_any_more(job_id: str) -> None:
    async def scene() -> None:
        reading = asyncio.ensure_future(collect(job_id))
        await asyncio.sleep(0.1)
        assert job_id in moved.awaited()
        reading.cancel()
        await asyncio.wait([reading])

    run(scene())
    assert job_id not in moved.awaited()


def test_two_hundred_readers_listen_at_once_on_few_connections(settings: Any) -> None:
    jobs = [uuid4().hex for _ in range(40)]

    def work(job_id: str) -> None:
        writer = open_writer(job_id, 1)
        for one in chunks(20):
            writer.write(one)
            time.sleep(0.02)
        writer.end()

    async def scene() -> list[list[LiveChunk]]:
        reading = [asyncio.ensure_future(collect(job_id)) for job_id in jobs for _ in range(5)]
        leaving = [asyncio.ensure_future(collect(job_id)) for job_id in jobs]
        with ThreadPoolExecutor(4) as workers:
            working = [workers.submit(work, job_id) for job_id in jobs]
            await asyncio.sleep(0.3)
            for one in leaving:  # some break off in the middle of a look
                one.cancel()
            found = await asyncio.gather(*reading)
            if settings.REDIS_URL:
                listed = await asyncio.to_thread(redis_client.client().client_list)
                assert len(listed) < 40
        for one in working:
            one.result()
        return found

    assert run(scene()) == [chunks(20)] * 200
