"""Live streams in Redis, where web and worker are processes.

``voiceclone:live:{job}`` names the newest attempt, and ``voiceclone:live:{job}:{attempt}`` is a
Redis stream of its chunks. A chunk's id says its index, so a reader asks for exactly what it lacks.
"""

from collections import deque
from typing import Any

import structlog
from django.conf import settings
from redis.exceptions import RedisError

from inference.live.chunk import LiveChunk, LiveLostError
from inference.live.position import Look
from inference.live.topic import ENDED_SECONDS, moved
from inference.redis_client import async_client, client, is_away, redis_breaker

log = structlog.get_logger(__name__)

_OPEN_ID = "0-1"  # has the stream exist before its first chunk
_END_ID = f"{2**62}-0"  # past every chunk, wherever a reader stands
_LOST_ID = f"{2**62}-1"

# Attempts may begin in the wrong order; the newest is never taken back.
_NAME_NEWEST = """
local newest = tonumber(redis.call('GET', KEYS[1]) or '-1')
redis.call('SET', KEYS[1], math.max(newest, tonumber(ARGV[1])), 'EX', ARGV[2])
"""

_FORGET = """
redis.call('DEL', KEYS[2])
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

_LOOK = """
local attempt = redis.call('GET', KEYS[1])
if not attempt then return {} end
local stream = KEYS[1] .. ':' .. attempt
if redis.call('EXISTS', stream) == 0 then return {} end
return {attempt, redis.call('XRANGE', stream, ARGV[1], '+', 'COUNT', ARGV[2])}
"""


class RemoteSink:
    """Where one attempt's chunks go.

    What could not be written once leaves a gap, so the stream is then given up: as soon as Redis
    answers again its readers are told.
    """

    def __init__(self, job_id: str, attempt: int) -> None:
        self._job_id = job_id
        self._attempt = attempt
        self._newest = _newest_key(job_id)
        self._stream = f"{self._newest}:{attempt}"
        self._sizes: deque[tuple[int, int]] = deque()  # index and bytes of what is held
        self._held_bytes = 0
        self._is_lost = False
        self._is_told = False

    def open(self) -> None:
        """Make the stream, and readers' newest unless a later attempt has begun."""
        with self._pipeline() as pipe:
            pipe.delete(self._stream)
            pipe.xadd(self._stream, {"open": 1}, id=_OPEN_ID)
            pipe.expire(self._stream, _kept_seconds())
            pipe.eval(_NAME_NEWEST, 1, self._newest, self._attempt, _kept_seconds())
            self._send(pipe)

    def put(self, chunk: LiveChunk) -> None:
        """Add a chunk; the oldest go where there are too many bytes."""
        self._sizes.append((chunk.index, len(chunk.data)))
        self._held_bytes += len(chunk.data)
        first = self._sizes[0][0]
        while self._held_bytes > settings.LIVE_STREAM_MAX_BYTES and len(self._sizes) > 1:
            self._held_bytes -= self._sizes.popleft()[1]
        with self._pipeline() as pipe:
            pipe.xadd(self._stream, _fields(chunk), id=_id(chunk.index), nomkstream=True)
            if self._sizes[0][0] > first:
                pipe.xtrim(self._stream, minid=_id(self._sizes[0][0]), approximate=False)
            pipe.expire(self._stream, _kept_seconds())
            pipe.expire(self._newest, _kept_seconds())
            self._send(pipe)

    def end(self, total: int) -> None:
        """Note that there were ``total`` chunks and no more will come."""
        with self._pipeline() as pipe:
            pipe.xadd(self._stream, {"total": total}, id=_END_ID, nomkstream=True)
            pipe.expire(self._stream, ENDED_SECONDS)
            pipe.expire(self._newest, ENDED_SECONDS)
            self._send(pipe)

    def discard(self) -> None:
        """Remove the stream."""
        self._is_lost = self._is_told = True
        with self._pipeline() as pipe:
            pipe.eval(_FORGET, 2, self._newest, self._stream, self._attempt)
            self._ask(pipe)

    def _pipeline(self) -> Any:
        return client().pipeline()

    def _send(self, pipe: Any) -> None:
        """Send what the pipe holds, or that the stream is lost."""
        if not self._is_lost:
            results = self._ask(pipe)
            # The first command answers nothing where the stream is no longer there.
            self._is_lost = results is None or results[0] is None
            if self._is_lost:
                log.warning("live_stream_given_up", job_id=self._job_id, attempt=self._attempt)
        if self._is_lost and not self._is_told:
            with self._pipeline() as lost:
                lost.delete(self._stream)
                lost.xadd(self._stream, {"lost": 1}, id=_LOST_ID)
                lost.expire(self._stream, _kept_seconds())
                lost.eval(_NAME_NEWEST, 1, self._newest, self._attempt, _kept_seconds())
                self._is_told = self._ask(lost) is not None

    def _ask(self, pipe: Any) -> list[Any] | None:
        if not redis_breaker.may_ask():
            return None
        pipe.publish(moved.channel, self._job_id)
        try:
            results: list[Any] = pipe.execute()
        except RedisError as error:
            if is_away(error):
                redis_breaker.failed()
            log.warning("live_stream_not_written", job_id=self._job_id, error=repr(error))
            return None
        redis_breaker.answered()
        return results


def look(job_id: str, after: int, count: int) -> Look:
    """Return at most ``count`` of the newest attempt's chunks past ``after``.

    Raises:
        LiveLostError: Redis does not answer.
    """
    if not redis_breaker.may_ask():
        raise LiveLostError("Redis is away")
    try:
        found = client().eval(_LOOK, 1, _newest_key(job_id), _id(after + 1), str(count))
    except RedisError as error:
        if is_away(error):
            redis_breaker.failed()
        raise LiveLostError("Redis does not answer") from error
    redis_breaker.answered()
    return _as_look(found)


async def look_async(job_id: str, after: int, count: int) -> Look:
    """Do the same without holding the thread, so there is nothing to spare by a breaker."""
    try:
        found = await async_client().eval(_LOOK, 1, _newest_key(job_id), _id(after + 1), str(count))
    except RedisError as error:
        raise LiveLostError("Redis does not answer") from error
    return _as_look(found)


def _as_look(found: Any) -> Look:
    if not found:
        return Look()
    attempt, entries = found
    chunks = []
    total = None
    is_lost = False
    for entry_id, flat in entries:
        fields = dict(zip(flat[::2], flat[1::2], strict=True))
        if b"total" in fields:
            total = int(fields[b"total"])
        elif b"lost" in fields:
            is_lost = True
        else:
            index = int(entry_id.split(b"-")[0]) - 1
            chunks.append(_chunk(int(attempt), index, fields))
    return Look(int(attempt), chunks, total, is_lost)


def _fields(chunk: LiveChunk) -> dict[Any, Any]:
    return {
        "data": chunk.data,
        "offset": chunk.offset,
        "text_bytes": chunk.text_bytes,
        "seconds": chunk.seconds,
        "elapsed": chunk.elapsed,
    }


def _chunk(attempt: int, index: int, fields: dict[bytes, bytes]) -> LiveChunk:
    return LiveChunk(
        attempt=attempt,
        index=index,
        data=fields[b"data"],
        offset=int(fields[b"offset"]),
        text_bytes=int(fields[b"text_bytes"]),
        seconds=float(fields[b"seconds"]),
        elapsed=float(fields[b"elapsed"]),
    )


def _newest_key(job_id: str) -> str:
    return f"voiceclone:live:{job_id}"


def _id(index: int) -> str:
    return f"{index + 1}-0"


def _kept_seconds() -> int:
    return max(1, round(settings.LIVE_STREAM_SECONDS))
