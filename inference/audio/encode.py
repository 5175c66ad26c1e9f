"""Samples into the formats that customers may ask for, whole or as a stream."""

import struct
from collections.abc import Iterable
from io import BytesIO
from typing import Final, Literal, TypeAlias

import numpy as np

from inference.audio.muxer import Muxer
from inference.engines.base import OUTPUT_RATE, Samples

Format: TypeAlias = Literal["mp3", "wav", "opus", "pcm", "aac", "flac"]

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
}
"""The content type of each format at 24 kHz; only pcm's depends on the rate."""

EXTENSIONS: Final[dict[str, str]] = {
    "mp3": ".mp3",
    "wav": ".wav",
    "opus": ".ogg",
    "pcm": ".pcm",
    "aac": ".aac",
    "flac": ".flac",
}

_UNKNOWN_SIZE = 0xFFFFFFFF


class Encoder:
    """Encodes mono audio at ``rate`` Hz as it comes; the bytes make one file, in order.

    What a header would say at the end of the work (sizes, durations) stays unknown in it: a
    WAV's sizes are 0xFFFFFFFF. Samples beyond [-1, 1] are clipped, NaN is silence.
    Raises ValueError for an unknown format or a rate that it does not have.
    """

    def __init__(self, format: str, rate: int = OUTPUT_RATE) -> None:  # noqa: A002 - the word
        if format not in CONTENT_TYPES:
            raise ValueError(f"unknown audio format {format!r}")
        self._muxer = None if format in {"wav", "pcm"} else Muxer(format, rate)
        self._head = wav_header(rate, None) if format == "wav" else b""

    def write(self, samples: Samples) -> bytes:
        """Encode ``samples``, shape ``(n,)``; return the bytes ready by now, maybe none."""
        head, self._head = self._head, b""
        if self._muxer is None:
            return head + pcm16(samples)
        self._muxer.write(clipped(samples))
        return self._muxer.take()

    def finish(self) -> bytes:
        """Return the last bytes; the encoder is not used afterwards.

        Without any samples this is still a valid file (of a sample of silence at most).
        """
        head, self._head = self._head, b""
        if self._muxer is None:
            return head
        self._muxer.close()
        return self._muxer.take()


def encode(chunks: Iterable[Samples], format: str, rate: int = OUTPUT_RATE) -> bytes:  # noqa: A002
    """Encode ``chunks`` of mono audio at ``rate`` Hz into one complete file.

    Unlike a stream's, its header states sizes and duration. Raises ValueError for an unknown
    format, or a rate that it does not have.
    """
    if format not in CONTENT_TYPES:
        raise ValueError(f"unknown audio format {format!r}")
    if format in {"wav", "pcm"}:
        body = b"".join(pcm16(chunk) for chunk in chunks)
        return (wav_header(rate, len(body)) if format == "wav" else b"") + body
    target = BytesIO()
    muxer = Muxer(format, rate, target)
    for chunk in chunks:
        muxer.write(clipped(chunk))
    muxer.close()
    return target.getvalue()


def clipped(samples: Samples) -> Samples:
    """Return ``samples`` within [-1, 1], NaN as silence."""
    return np.clip(np.nan_to_num(samples, nan=0.0), -1, 1).astype(np.float32)


def pcm16(samples: Samples) -> bytes:
    """Return ``samples`` as signed 16-bit little-endian integers, full scale 32767."""
    steps = np.rint(clipped(samples) * np.float32(32767)).astype(np.int16)
    data: bytes = steps.astype("<i2", copy=False).tobytes()
    return data


def wav_header(rate: int, size: int | None) -> bytes:
    """Return the 44 bytes before ``size`` bytes of 16-bit mono at ``rate`` Hz (None: unknown)."""
    data = _UNKNOWN_SIZE if size is None else size
    riff = _UNKNOWN_SIZE if size is None else size + 36
    layout = struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + layout + b"data" + struct.pack("<I", data)
    )
