"""A customer's file as a stream of blocks; trusts nothing about the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import SEEK_SET
from typing import BinaryIO, Final, Literal, TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from inference.audio.budget import Budget
from inference.audio.channels import Planes
from inference.audio.errors import AudioError
from inference.audio.frames import FILE_ERRORS, planes_of, unreadable
from inference.audio.tags import start_of_audio

Container: TypeAlias = Literal["mp3", "wav", "flac", "ogg", "webm", "m4a", "aac"]

_CONTAINERS: Final[dict[str, Container]] = {
    "mp3": "mp3",
    "wav": "wav",
    "flac": "flac",
    "ogg": "ogg",
    "matroska": "webm",
    "mov": "m4a",
    "aac": "aac",
}

_OPTIONS = {
    # Playlists (ffconcat, HLS, SDP) are text that makes FFmpeg open what they name. Only
    # formats that are audio in themselves may be tried.
    "format_whitelist": "mp3,wav,flac,ogg,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,aac",
    # And nothing but the bytes at hand may be opened, whatever a format would like.
    "protocol_whitelist": "none",
    # A file of 120 tracks took 435 MB to open. Recordings have one, and perhaps a picture.
    "max_streams": "16",
}

# Outside these nobody records speech; a header that says so is damaged or an attack
# (a rate of 1 Hz would blow a few bytes up into minutes).
_MIN_RATE, _MAX_RATE = 4_000, 384_000


class _Nameless:
    """A file from ``start`` on, without its name.

    FFmpeg would guess the format from the uploader's extension.
    """

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file, self._start = file, start
        self.read = file.read

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        if whence == SEEK_SET:
            offset += self._start
        return self._file.seek(offset, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start


@dataclass(slots=True)
class Source:
    """An opened file: what its header says, and how its packets fared so far."""

    container: Container
    codec: str
    header_duration: float | None
    _input: InputContainer = field(repr=False)
    _stream: AudioStream = field(repr=False)
    _budget: Budget | None = field(default=None, repr=False)
    _good: int = 0
    _bad: int = 0
    rate: int = 0
    channels: int = 0

    def blocks(self) -> Iterator[tuple[Planes, int]]:
        """Decode in turn: float32 blocks, shape ``(channels, n)``, finite, with their rate in Hz.

        Damaged packets are skipped. Raises AudioError ``UNREADABLE`` when most are damaged or
        the format is none we can convert, and what the budget raises.
        """
        for frame in self.frames():
            yield planes_of(frame), frame.sample_rate

    def frames(self) -> Iterator[av.AudioFrame]:
        """Decode in turn, as ``blocks``, without converting, which costs far more."""
        try:
            for frame in self._decoded():
                if not _MIN_RATE <= frame.sample_rate <= _MAX_RATE:
                    raise unreadable()
                if not self.rate:
                    self.rate, self.channels = frame.sample_rate, frame.layout.nb_channels
                yield frame
        except FILE_ERRORS as error:
            if not self._good:
                raise unreadable() from error
        # Noise taken for MP3 or AAC decodes here and there by chance.
        if self._bad > self._good:
            raise unreadable()

    def _decoded(self) -> Iterator[av.AudioFrame]:
        for packet in self._input.demux(self._stream):
            try:
                frames = packet.decode()
            except FILE_ERRORS:
                self._bad += 1
                frames = []
            else:
                self._good += bool(frames)
            if self._budget is not None:
                self._budget.spend(frames)
            yield from (frame for frame in frames if isinstance(frame, av.AudioFrame))


@contextmanager
def open_source(file: BinaryIO, budget: Budget | None = None) -> Iterator[Source]:
    """Open the first audio stream of ``file`` from its beginning, to decode it within ``budget``.

    Raises AudioError ``UNSUPPORTED_FORMAT`` for what is none of our formats, ``UNREADABLE``
    for a damaged one, ``NO_AUDIO`` for one without an audio stream.
    """
    start = start_of_audio(file)
    file.seek(start)
    try:
        container = av.open(_Nameless(file, start), "r", options=_OPTIONS, metadata_errors="ignore")
    except FILE_ERRORS as error:
        raise _refusal(file) from error
    with container:
        name = container.format.name.split(",")[0]
        if name not in _CONTAINERS:  # pragma: no cover - the whitelist is narrower
            raise AudioError("UNSUPPORTED_FORMAT", f"The format {name} is not supported.")
        if not container.streams.audio:
            raise AudioError("NO_AUDIO", "The file contains no audio.")
        stream = container.streams.audio[0]
        if stream.codec_context is None:
            raise AudioError("UNSUPPORTED_FORMAT", "The file's audio codec is not supported.")
        duration = None if container.duration is None else container.duration / av.time_base
        codec = stream.codec_context.codec.canonical_name
        yield Source(_CONTAINERS[name], codec, duration, container, stream, budget)


def _refusal(file: BinaryIO) -> AudioError:
    file.seek(0)
    head = file.read(12)
    if not head:
        return AudioError("NO_AUDIO", "The file is empty.")
    # A cut M4A or an Ogg of one byte is no foreign format: the customer should hear so.
    if (
        head.startswith((b"ID3", b"RIFF", b"fLaC", b"OggS", b"\x1aE\xdf\xa3"))
        or head[4:8] == b"ftyp"
    ):
        return unreadable()
    return AudioError(
        "UNSUPPORTED_FORMAT", "The file is not MP3, WAV, FLAC, OGG, WebM, M4A or AAC audio."
    )
