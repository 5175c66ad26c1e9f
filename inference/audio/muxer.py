"""FFmpeg's encoders and containers, into memory."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO, Final

import av
import numpy as np
from av.audio.stream import AudioStream

from inference.engines.base import Samples


@dataclass(frozen=True, slots=True)
class _Recipe:
    container: str
    codec: str
    # Bits per second; speech at 24 kHz mono gains nothing audible above these.
    bit_rate: int | None
    options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)


_RECIPES: Final = {
    "mp3": _Recipe("mp3", "libmp3lame", 96_000, {"id3v2_version": "0"}),
    # Pages of 0.1 s (FFmpeg's are of 1 s), so that a stream is heard as it is made.
    "opus": _Recipe(
        "ogg", "libopus", 48_000, {"page_duration": "100000"}, {"application": "audio"}
    ),
    # The default coder takes twenty times as long and came out no truer on speech.
    "aac": _Recipe("adts", "aac", 96_000, codec_options={"aac_coder": "fast"}),
    # No room for tags, which FFmpeg would send ahead of any sound.
    "flac": _Recipe("flac", "flac", None, {"metadata_header_padding": "0"}),
}

# Names and versions left out: the same samples give the same bytes.
_REPRODUCIBLE = {"fflags": "+bitexact", "flush_packets": "1"}


class _Sink:
    """Where a stream's bytes wait until they are taken; it cannot seek, so headers stay."""

    def __init__(self) -> None:
        self.bytes = bytearray()

    def write(self, data: bytes) -> int:
        self.bytes += data
        return len(data)


class Muxer:
    """Encodes into ``target``, which can seek, or without one into bytes to be taken.

    Raises ValueError for a rate in Hz that the format does not have.
    """

    def __init__(self, format: str, rate: int, target: BinaryIO | None = None) -> None:  # noqa: A002
        recipe = _RECIPES[format]
        rates = av.Codec(recipe.codec, "w").audio_rates
        if rates is not None and rate not in rates:
            raise ValueError(f"{format} has no rate of {rate} Hz; it has {sorted(rates)}")
        self._sink = _Sink()
        self._rate = rate
        self._position = 0
        self._container = av.open(
            self._sink if target is None else target,
            "w",
            format=recipe.container,
            options={**_REPRODUCIBLE, **recipe.options},
        )
        stream = self._container.add_stream(
            recipe.codec, rate=rate, options={**recipe.codec_options, "flags": "+bitexact"}
        )
        if not isinstance(stream, AudioStream):  # pragma: no cover - all four are audio
            raise TypeError(recipe.codec)
        self._stream = stream
        self._stream.codec_context.layout = "mono"
        if recipe.bit_rate is not None:
            self._stream.codec_context.bit_rate = recipe.bit_rate

    def write(self, samples: Samples) -> None:
        """Encode ``samples``, shape ``(n,)`` in [-1, 1]; the encoder may hold some back."""
        if not samples.size:
            return
        block = np.ascontiguousarray(samples, dtype=np.float32)[None, :]
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._position
        self._position += samples.size
        self._container.mux(self._stream.encode(frame))

    def take(self) -> bytes:
        """Return the bytes written since the last call (none where there is a target)."""
        taken = bytes(self._sink.bytes)
        self._sink.bytes.clear()
        return taken

    def close(self) -> None:
        """Write what the encoder still holds and the container's end."""
        if not self._position:
            # These containers cannot hold nothing: an empty file is none at all.
            self.write(np.zeros(1, np.float32))
        self._container.mux(self._stream.encode(None))
        self._container.close()
