"""FFmpeg's encoders and containers, into memory."""

import os
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Final, TypeAlias

import av
import numpy as np
from av.audio.stream import AudioStream

from inference.engines.base import Samples


@dataclass(frozen=True, slots=True)
class _Recipe:
    container: str
    codec: str
    # Bits per second at most; speech at 24 kHz mono gains nothing audible above these.
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
    "ulaw": _Recipe("mulaw", "pcm_mulaw", None),
}

# So many bits a sample are as good at any rate, and MP3 and AAC allow little more at 8 kHz.
_MOST_BITS_A_SAMPLE = 4

# The tag in an MP3's first frame: name, flags, frames, bytes, contents, quality, and LAME's.
_TAG_BYTES = 4 + 4 + 4 + 4 + 100 + 4 + 36
_TAG_WITHIN = 64  # header and side information stand before it

# Names and versions left out: the same samples give the same bytes.
_REPRODUCIBLE = {"fflags": "+bitexact", "flush_packets": "1"}


Correction: TypeAlias = tuple[int, bytes]
"""A place in a file, counted in bytes from its start, and what has to stand there."""


class _Sink:
    """Where a file's bytes wait until they are taken.

    A muxer that goes back to mend its header finds it gone: what it writes there is noted.
    """

    def __init__(self) -> None:
        self.waiting = bytearray()
        self.corrections: list[Correction] = []
        self._position = self._end = 0

    def write(self, data: bytes) -> int:
        # FFmpeg lends its buffer for the call only, hence the copies.
        if self._position < self._end:
            self.corrections.append((self._position, bytes(data)))
        else:
            self.waiting += data
        self._position += len(data)
        self._end = max(self._end, self._position)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._end}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position


@cache
def codec_rates(format: str) -> frozenset[int] | None:  # noqa: A002 - the word
    """Return the rates in Hz that the encoder of ``format`` knows; None if it knows any."""
    rates = av.Codec(_RECIPES[format].codec, "w").audio_rates
    return None if rates is None else frozenset(rates)


class Muxer:
    """Encodes into bytes to be taken as they come, and says at the end what has to be mended.

    ``rate`` in Hz must be one that the format has.
    """

    def __init__(self, format: str, rate: int) -> None:  # noqa: A002
        recipe = _RECIPES[format]
        self._sink = _Sink()
        self._rate = rate
        self._position = 0
        self._open_head = format == "mp3"
        self._container = av.open(
            self._sink,
            "w",
            format=recipe.container,
            options={**_REPRODUCIBLE, **recipe.options},
        )
        stream = self._container.add_stream(
            recipe.codec, rate=rate, options={**recipe.codec_options, "flags": "+bitexact"}
        )
        if not isinstance(stream, AudioStream):  # pragma: no cover - all of them are audio
            raise TypeError(recipe.codec)
        self._stream = stream
        self._stream.codec_context.layout = "mono"
        if recipe.bit_rate is not None:
            bits = min(recipe.bit_rate, _MOST_BITS_A_SAMPLE * rate)
            self._stream.codec_context.bit_rate = bits

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
        """Return the bytes written since the last call."""
        taken = bytes(self._sink.waiting)
        self._sink.waiting.clear()
        if taken and self._open_head:
            self._open_head = False
            taken = _without_counts(taken)
        return taken

    @property
    def corrections(self) -> list[Correction]:
        """What must be written over the bytes taken, to state sizes; known once closed."""
        return list(self._sink.corrections)

    def close(self) -> None:
        """Write what the encoder still holds and the container's end."""
        if not self._position:
            # These containers cannot hold nothing: an empty file is none at all.
            self.write(np.zeros(1, np.float32))
        self._container.mux(self._stream.encode(None))
        self._container.close()


def _without_counts(data: bytes) -> bytes:
    """Return the beginning of an MP3 with nothing but a name in its first frame.

    FFmpeg's tag holds the numbers of frames and bytes, 0 until the end is known, which some
    players take for the length; flags of 0 say that there are none.
    """
    tag = data.find(b"Xing", 0, _TAG_WITHIN)
    if tag < 0:  # pragma: no cover - FFmpeg writes it wherever it can seek
        return data
    rest = tag + _TAG_BYTES
    return data[:tag] + b"Info".ljust(_TAG_BYTES, b"\0") + data[rest:]
