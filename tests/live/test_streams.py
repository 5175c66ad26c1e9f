"""A live stream from its writer to its readers, through Redis or in memory."""

import asyncio
import time
from uuid import uuid4

import pytest

from inference.live import open_writer, recent
from tests.live.chunks import chunk, chunks, collect, open_reader, run

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
