import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import TypeVar

from inference.live import LiveChunk, read
from inference.redis_client import close_async_clients

T = TypeVar("T")

SIZE = 1000


def chunk(index: int, size: int = SIZE, *, attempt: int = 1) -> LiveChunk:
    """Make a chunk whose bytes say which it is."""
    return LiveChunk(
        attempt=attempt,
        index=index,
        data=bytes([index % 256]) * size,
        offset=index * size,
        text_bytes=index + 3,
        seconds=index + 0.25,
        elapsed=index / 3,
    )


def chunks(count: int, *, attempt: int = 1) -> list[LiveChunk]:
    return [chunk(index, attempt=attempt) for index in range(count)]


async def collect(job_id: str, *, after: int = -1) -> list[LiveChunk]:
    return [one async for one in read(job_id, after=after)]


def run(work: Awaitable[T]) -> T:
    """Run on an event loop of its own, and leave no connection behind."""

    async def whole() -> T:
        try:
            return await asyncio.wait_for(work, 30)
        finally:
            await close_async_clients()

    return asyncio.run(whole())


def open_reader(job_id: str, *, after: int = -1) -> "aclosing[AsyncGenerator[LiveChunk, None]]":
    return aclosing(read(job_id, after=after))
