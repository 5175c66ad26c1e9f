"""From an engine's chunks to the file that a customer asked for."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inference.audio.encode import Encoder, encode, wav_header
from inference.audio.loudness import limit, normalize_peak, normalize_rms
from inference.audio.resample import Resampler
from inference.audio.tempo import TempoChanger
from inference.engines.base import OUTPUT_RATE, AudioChunk, Samples
from speech.models import Normalization, Speech

_MOST_CHUNKS = 500  # whose measures are kept


@dataclass(slots=True)
class Metrics:
    """What is measured while a speech is made; times in seconds since the work began."""

    began: float = field(default_factory=time.monotonic)
    prompt_was_stored: bool = False
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

    A live one is encoded as it comes, and stored as it was sent; only a WAV's header then
    learns its sizes. Its level is left as the engine made it: that of a whole is known only
    at its end. Any other is encoded at the end, with headers that say how long it is.
    """

    def __init__(self, speech: Speech) -> None:
        self._speech = speech
        self._rate = speech.sample_rate
        self._tempo = TempoChanger(OUTPUT_RATE, speech.speed)
        self._resampler = Resampler(OUTPUT_RATE, self._rate)
        self._encoder = Encoder(speech.format, self._rate) if speech.live else None
        self._sent = bytearray()
        self._kept: list[Samples] = []
        self._samples = 0

    @property
    def size(self) -> int:
        """Bytes sent so far."""
        return len(self._sent)

    @property
    def seconds(self) -> float:
        """Seconds of audio so far."""
        return self._samples / self._rate

    def push(self, samples: Samples) -> bytes:
        """Take a chunk at 24 kHz; returns what of a live recording is ready to be sent."""
        return self._take(self._resampler.push(self._tempo.push(samples)))

    def close(self) -> bytes:
        """Return the last of a live recording; nothing is pushed afterwards."""
        rest = self._resampler.push(self._tempo.finish())
        data = self._take(np.concatenate([rest, self._resampler.finish()]))
        if self._encoder is None:
            return data
        return data + self._append(self._encoder.finish())

    def file(self) -> bytes:
        """Return the whole of a closed recording, as it is stored."""
        if self._encoder is None:
            return encode(self._levelled(), self._speech.format, self._rate)
        if self._speech.format == "wav":
            head = wav_header(self._rate, 0)
            return wav_header(self._rate, self.size - len(head)) + bytes(self._sent[len(head) :])
        return bytes(self._sent)

    def _take(self, samples: Samples) -> bytes:
        self._samples += len(samples)
        if self._encoder is None:
            self._kept.append(samples)
            return b""
        return self._append(self._encoder.write(samples))

    def _append(self, data: bytes) -> bytes:
        self._sent += data
        return data

    def _levelled(self) -> list[Samples]:
        if self._speech.normalization == Normalization.PEAK:
            return [normalize_peak(np.concatenate(self._kept), 0.0)]
        if self._speech.normalization == Normalization.RMS:
            return [limit(normalize_rms(np.concatenate(self._kept)), self._rate)]
        return self._kept
