"""The live stream of a job's audio, from the worker that makes it to those who listen.

It is a courtesy beside the stored file, which alone counts: a stream may be trimmed, expire or
be lost with Redis, and its readers then go on from the stored file at their byte offset.
"""

from inference.live.chunk import LiveChunk, LiveLostError
from inference.live.reader import read, recent
from inference.live.writer import LiveWriter, open_writer

__all__ = ["LiveChunk", "LiveLostError", "LiveWriter", "open_writer", "read", "recent"]
