"""Samples into the formats that customers may ask for, whole or as a stream."""

import struct
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

import numpy as np

from inference.audio.muxer import Correction, Muxer, codec_rates
from inference.engines.base import OUTPUT_RATE, Samples

Format: TypeAlias = Literal["mp3", "wav", "opus", "pcm", "aac", "flac", "ulaw"]

CONTENT_TYPES: Final[dict[str, str]] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    # RFC 7845, section 9: Opus in Ogg; audio/opus is its packets in RTP.
    "opus": "audio/ogg; codecs=opus",
    # RFC 2586's audio/L16 means big-endian samples, and ours are little-endian as everywhere;
    # audio/pcm is what speech APIs call that, and the parameters make it playable.
    "pcm": f"audio/pcm;rate={OUTPUT_RATE};channels=1",
    "aac": "audio/aac",
    "flac": "audio/flac",
    # RFC 2046, section 4.3: one channel of 8-bit mu-law at 8000 Hz, without a header;
    # audio/PCMU is the same in RTP.
    "ulaw": "audio/basic",
}
"""The content type of each format at its usual rate; see also :func:`content_type`."""

EXTENSIONS: Final[dict[str, str]] = {
    "mp3": ".mp3",
    "wav": ".wav",
    "opus": ".ogg",
    "pcm": ".pcm",
    "aac": ".aac",
    "flac": ".flac",
    "ulaw": ".ulaw",
}

MIN_RATE, MAX_RATE = 8_000, 48_000
"""The lowest and the highest sample rate in Hz of any output."""

_ULAW_RATE: Final = 8_000
_BARE: Final = frozenset({"wav", "pcm"})
_UNKNOWN_SIZE: Final = 0xFFFFFFFF


def rates(format: str) -> frozenset[int] | range:  # noqa: A002 - the word
    """Return the sample rates in Hz that ``format`` can have; none for an unknown format."""
    if format not in CONTENT_TYPES:
        return frozenset()
    if format == "ulaw":
        return frozenset({_ULAW_RATE})
    known = None if format in _BARE else codec_rates(format)
    if known is None:
        return range(MIN_RATE, MAX_RATE + 1)
    return frozenset(rate for rate in known if MIN_RATE <= rate <= MAX_RATE)


def supports(format: str, rate: int) -> bool:  # noqa: A002
    """Say whether audio can be encoded as ``format`` at ``rate`` Hz."""
    return rate in rates(format)


def usual_rate(format: str) -> int:  # noqa: A002
    """Return the rate in Hz of ``format`` where none is asked for: 24 kHz, 8 kHz for ulaw."""
    return _ULAW_RATE if format == "ulaw" else OUTPUT_RATE


def content_type(format: str, rate: int) -> str:  # noqa: A002
    """Return the content type of ``format`` at ``rate`` Hz. Raises KeyError for no format."""
    known = CONTENT_TYPES[format]
    return f"audio/pcm;rate={rate};channels=1" if format == "pcm" else known


class Encoder:
    """Encodes mono audio at ``rate`` Hz as it comes; the bytes make one file, in order.

    What a header would say at the end of the work (sizes, durations) stays unknown in it: a
    WAV's sizes are 0xFFFFFFFF. What a stored copy should say in those places is in
    :attr:`corrections`. Samples beyond [-1, 1] are clipped, NaN is silence.
    Raises ValueError for an unknown format or a rate that it does not have.
    """

    def __init__(self, format: str, rate: int = OUTPUT_RATE) -> None:  # noqa: A002
        if format not in CONTENT_TYPES:
            raise ValueError(f"unknown audio format {format!r}")
        if not supports(format, rate):
            raise ValueError(f"{format} has no rate of {rate} Hz")
        self._muxer = None if format in _BARE else Muxer(format, rate)
        self._head = wav_header(rate, None) if format == "wav" else b""
        self._wav = format == "wav"
        self._size = 0

    def write(self, samples: Samples) -> bytes:
        """Encode ``samples``, shape ``(n,)``; return the bytes ready by now, maybe none."""
        if self._muxer is not None:
            self._muxer.write(clipped(samples))
            return self._muxer.take()
        head, self._head = self._head, b""
        body = pcm16(samples)
        self._size += len(body)
        return head + body

    def finish(self) -> bytes:
        """Return the last bytes; the encoder is not used afterwards.

        Without any samples this is still a valid file (of a sample of silence at most).
        """
        if self._muxer is not None:
            self._muxer.close()
            return self._muxer.take()
        head, self._head = self._head, b""
        return head

    @property
    def corrections(self) -> list[Correction]:
        """What the stored file says otherwise than the stream did, once it is finished.

        Pairs of a byte offset and the bytes to stand there: sizes and durations in a header.
        They neither lengthen nor shorten the file, so a reader of the stream can go on from
        the stored file at the byte where it stopped.
        """
        if self._muxer is not None:
            return self._muxer.corrections
        if not self._wav:
            return []
        riff, data = self._size + _WAV_REST, self._size
        return [(_RIFF_AT, struct.pack("<I", riff)), (_DATA_AT, struct.pack("<I", data))]


def corrected(stream: bytes | bytearray, corrections: Sequence[Correction]) -> bytes:
    """Return what was streamed with an encoder's ``corrections``: the file to be stored."""
    data = bytearray(stream)
    for start, mended in corrections:
        data[start : start + len(mended)] = mended
    return bytes(data)


def encode(chunks: Iterable[Samples], format: str, rate: int = OUTPUT_RATE) -> bytes:  # noqa: A002
    """Encode ``chunks`` of mono audio at ``rate`` Hz into one complete file.

    These are the bytes that an :class:`Encoder` streams, with its corrections: the header
    states sizes and duration. Raises ValueError for an unknown format, or a rate that it does
    not have.
    """
    encoder = Encoder(format, rate)
    stream = b"".join([*(encoder.write(chunk) for chunk in chunks), encoder.finish()])
    return corrected(stream, encoder.corrections)


def clipped(samples: Samples) -> Samples:
    """Return ``samples`` within [-1, 1], NaN as silence."""
    return np.clip(np.nan_to_num(samples, nan=0.0), -1, 1).astype(np.float32)


def pcm16(samples: Samples) -> bytes:
    """Return ``samples`` as signed 16-bit little-endian integers, full scale 32767."""
    steps = np.rint(clipped(samples) * np.float32(32767)).astype(np.int16)
    data: bytes = steps.astype("<i2", copy=False).tobytes()
    return data


_RIFF_AT, _DATA_AT = 4, 40  # where a WAV's two sizes stand
_WAV_REST = 36  # bytes of the header that the first of them counts


def wav_header(rate: int, size: int | None) -> bytes:
    """Return the 44 bytes before ``size`` bytes of 16-bit mono at ``rate`` Hz (None: unknown)."""
    data = _UNKNOWN_SIZE if size is None else size
    riff = _UNKNOWN_SIZE if size is None else size + _WAV_REST
    layout = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + layout + b"data" + struct.pack("<I", data)
    )
