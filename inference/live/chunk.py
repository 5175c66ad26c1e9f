from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LiveChunk:
    """A part of a job's audio, as soon as it is made.

    Attributes:
        index: its place among the chunks, from 0 without gaps.
        data: encoded bytes, exactly as they stand in the stored file.
        offset: where ``data`` begins in that file.
        text_bytes: UTF-8 bytes of the text that this chunk finished; not cumulative.
        seconds: duration of its audio.
        elapsed: seconds between the beginning of the work and this chunk.
    """

    index: int
    data: bytes
    offset: int
    text_bytes: int
    seconds: float
    elapsed: float


class LiveLostError(Exception):
    """The live stream cannot be followed any further; the stored file has what it lacks."""
