import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from django.conf import settings

from inference.live import local, remote
from inference.live.chunk import LiveChunk
from inference.live.position import Look, Position
from inference.live.topic import moved

_AHEAD = 2
"""Chunks that a reader holds at most; the rest waits with the writer's side."""

_ALL = 2**31

_LOOK_SECONDS = 2.0
"""How long a lost notice delays a reader at most."""


async def read(job_id: str, *, after: int = -1) -> AsyncGenerator[LiveChunk, None]:
    """Yield a job's chunks past ``after`` as they are made, until the stream's end.

    Chunks are fetched only as they are asked for. Where no stream has begun, this waits without
    end: whoever calls it watches for the job's end as well (see ``inference.jobs.notices``), and
    reads the stored file once the job is final.

    Raises:
        LiveLostError: chunks between the last one and what is there were trimmed, the stream
            expired or was discarded, another attempt has begun, or Redis does not answer.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()

    def tell() -> None:
        with suppress(RuntimeError):  # the loop was closed with its readers
            loop.call_soon_threadsafe(told.set)

    position = Position(after)
    unsubscribe = moved.subscribe(job_id, tell)
    try:
        while not position.has_ended:
            told.clear()
            chunks = position.take(await _look(job_id, position.after))
            for chunk in chunks:
                yield chunk
            if not chunks and not position.has_ended:
                with suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), _LOOK_SECONDS)
    finally:
        unsubscribe()


def recent(job_id: str, *, after: int = -1) -> tuple[list[LiveChunk], bool]:
    """Return the chunks past ``after`` that are there now, and whether they are the last.

    Raises:
        LiveLostError: as with :func:`read`.
    """
    position = Position(after)
    source = remote if settings.REDIS_URL else local
    chunks = position.take(source.look(job_id, after, _ALL))
    return chunks, position.has_ended


async def _look(job_id: str, after: int) -> Look:
    if settings.REDIS_URL:
        return await remote.look_async(job_id, after, _AHEAD)
    return local.look(job_id, after, _AHEAD)
