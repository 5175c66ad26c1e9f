"""From an engine's chunks to the file that a customer asked for."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from inference.audio.encode import corrected
from inference.audio.outlet import Normalization as OutletLevel
from inference.audio.outlet import Outlet
from inference.engines.base import AudioChunk, Samples
from speech.models import Speech

_MOST_CHUNKS = 500  # whose measures are kept


@dataclass(slots=True)
class Metrics:
    """What is measured while a speech is made; times in seconds since the work began.

    ``watermarked`` is whether all that has come so far carries the watermark.
    """

    began: float = field(default_factory=time.monotonic)
    prompt_was_stored: bool = False
    watermarked: bool = True
    chunks: list[dict[str, Any]] = field(default_factory=list)
    first_chunk: float = 0.0

    def timed(self, chunks: Iterable[AudioChunk]) -> Iterator[AudioChunk]:
        """Pass chunks on, noting when each came."""
        before = time.monotonic()
        for chunk in chunks:
            now = time.monotonic()
            if not self.chunks:
                self.first_chunk = now - self.began
            if len(self.chunks) < _MOST_CHUNKS:
                self.chunks.append(
                    {"samples": len(chunk.samples), "seconds": round(now - before, 4)}
                )
            before = now
            self.watermarked &= chunk.watermarked
            yield chunk

    def measured(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {
            "prompt_was_stored": self.prompt_was_stored,
            "first_chunk_seconds": round(self.first_chunk, 4),
            "generation_seconds": round(time.monotonic() - self.began, 4),
            "chunks": self.chunks,
        }


class Recording:
    """A speech's audio at the tempo, rate and level it was asked for, in its format.

    What is stored is what a live one sent, byte for byte, but for the sizes that a header can
    only state at the end.
    """

    def __init__(self, speech: Speech) -> None:
        self._outlet = Outlet(
            speech.format,
            speech.sample_rate,
            tempo=speech.speed,
            normalization=cast("OutletLevel", speech.normalization),
        )
        self._made = bytearray()

    @property
    def size(self) -> int:
        """Bytes made so far."""
        return len(self._made)

    @property
    def seconds(self) -> float:
        """Seconds of audio so far."""
        return self._outlet.seconds

    def push(self, samples: Samples) -> bytes:
        """Take a chunk at 24 kHz; returns the bytes that are ready."""
        return self._append(self._outlet.push(samples))

    def close(self) -> bytes:
        """Return the last bytes; nothing is pushed afterwards."""
        return self._append(self._outlet.finish())

    def file(self) -> bytes:
        """Return the whole of a closed recording, as it is stored."""
        return corrected(self._made, self._outlet.corrections)

    def _append(self, data: bytes) -> bytes:
        self._made += data
        return data
