"""Live streams in memory, where web and worker are threads of one process."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings

from inference.live.chunk import LiveChunk
from inference.live.position import Look
from inference.live.topic import ENDED_SECONDS, moved

_lock = threading.Lock()
_streams: dict[tuple[str, int], "_Stream"] = {}
_newest: dict[str, int] = {}


@dataclass(slots=True)
class _Stream:
    expires_at: float
    chunks: deque[LiveChunk] = field(default_factory=deque)
    held_bytes: int = 0
    total: int | None = None
    is_lost: bool = False


class LocalSink:
    """Where one attempt's chunks go."""

    def __init__(self, job_id: str, attempt: int) -> None:
        self._job_id = job_id
        self._key = (job_id, attempt)

    def open(self) -> None:
        """Make the stream, and readers' newest unless a later attempt has begun."""
        job_id, attempt = self._key
        with _lock:
            _drop_expired()
            _streams[self._key] = _Stream(_in(settings.LIVE_STREAM_SECONDS))
            _newest[job_id] = max(attempt, _newest.get(job_id, attempt))
        moved.tell(job_id)

    def put(self, chunk: LiveChunk) -> None:
        """Add a chunk; the oldest go where there are too many bytes."""
        with _lock:
            _drop_expired()
            stream = self._stream()
            stream.expires_at = _in(settings.LIVE_STREAM_SECONDS)
            stream.chunks.append(chunk)
            stream.held_bytes += len(chunk.data)
            while stream.held_bytes > settings.LIVE_STREAM_MAX_BYTES and len(stream.chunks) > 1:
                stream.held_bytes -= len(stream.chunks.popleft().data)
        moved.tell(self._job_id)

    def end(self, total: int) -> None:
        """Note that there were ``total`` chunks and no more will come."""
        with _lock:
            _drop_expired()
            stream = self._stream()
            stream.total = total
            stream.expires_at = _in(ENDED_SECONDS)
        moved.tell(self._job_id)

    def discard(self) -> None:
        """Remove the stream."""
        with _lock:
            _remove(self._key)
        moved.tell(self._job_id)

    def _stream(self) -> _Stream:
        """Return the stream; one that expired meanwhile comes back as lost."""
        job_id, attempt = self._key
        if self._key not in _streams:
            _streams[self._key] = _Stream(_in(settings.LIVE_STREAM_SECONDS), is_lost=True)
            _newest[job_id] = max(attempt, _newest.get(job_id, attempt))
        return _streams[self._key]


def look(job_id: str, after: int, count: int) -> Look:
    """Return at most ``count`` of the newest attempt's chunks past ``after``."""
    with _lock:
        _drop_expired()
        attempt = _newest.get(job_id)
        if attempt is None:
            return Look()
        stream = _streams[job_id, attempt]
        first = stream.chunks[0].index if stream.chunks else 0
        begin = max(0, after + 1 - first)
        chunks = list(islice(stream.chunks, begin, begin + count))
        is_all = begin + len(chunks) >= len(stream.chunks)
        return Look(attempt, chunks, stream.total if is_all else None, stream.is_lost)


def _drop_expired() -> None:
    now = time.monotonic()
    for key in [key for key, stream in _streams.items() if stream.expires_at <= now]:
        _remove(key)


def _remove(key: tuple[str, int]) -> None:
    job_id, attempt = key
    _streams.pop(key, None)
    if _newest.get(job_id) == attempt:
        del _newest[job_id]


def _in(seconds: float) -> float:
    return time.monotonic() + seconds
