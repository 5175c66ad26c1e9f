from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveChunk:
    """A part of a job's audio, as soon as it is made.

    Attributes:
        attempt: the attempt of the job that made it.
        index: its place among the attempt's chunks, from 0 without gaps.
        data: encoded bytes, exactly as they stand in the stored file.
        offset: where ``data`` begins in that file.
        text_bytes: UTF-8 bytes of the text spoken up to this chunk's end, from the beginning.
        seconds: duration of its audio.
        elapsed: seconds between the beginning of the work and this chunk.
    """

    attempt: int
    index: int
    data: bytes
    offset: int
    text_bytes: int
    seconds: float
    elapsed: float


class LiveLostError(Exception):
    """The live stream cannot be followed any further; the stored file has what it lacks."""
