from django.conf import settings

from inference.live.chunk import LiveChunk
from inference.live.local import LocalSink
from inference.live.remote import RemoteSink


class LiveWriter:
    """One attempt's side of a live stream.

    It never waits for readers, and does not fail where Redis does: the stream then just stops,
    and its readers go on from the stored file.
    """

    def __init__(self, sink: LocalSink | RemoteSink) -> None:
        self._sink = sink
        self._next = 0
        self._is_closed = False

    def write(self, chunk: LiveChunk) -> None:
        """Hand out a chunk.

        Raises:
            ValueError: it is not the next one, or the stream has ended.
        """
        if self._is_closed or chunk.index != self._next:
            raise ValueError(f"chunk {chunk.index} does not follow {self._next - 1}")
        self._next += 1
        self._sink.put(chunk)

    def end(self) -> None:
        """Say that all chunks are out; settling follows."""
        if not self._is_closed:
            self._is_closed = True
            self._sink.end(self._next)

    def discard(self) -> None:
        """Take the stream back because the attempt is lost; also after its end."""
        self._is_closed = True
        self._sink.discard()


def open_writer(job_id: str, attempt: int) -> LiveWriter:
    """Begin the live stream of an attempt; readers of an earlier one leave it."""
    sink: LocalSink | RemoteSink
    sink = RemoteSink(job_id, attempt) if settings.REDIS_URL else LocalSink(job_id, attempt)
    sink.open()
    return LiveWriter(sink)
