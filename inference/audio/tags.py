"""ID3 tags in front of a recording, which may be larger than FFmpeg looks for audio."""

from typing import BinaryIO, Final

_HEAD: Final = 10
_FOOTER_FLAG: Final = 0x10
_MOST_TAGS: Final = 16
_ADTS_MASK: Final = 0xF6  # sync bits and layer of the second byte of AAC's frames
_ADTS: Final = 0xF0


def start_of_audio(file: BinaryIO) -> int:
    """Return the position behind the ID3v2 tags of ``file``, where a recording begins.

    It is 0 for MP3, whose tags belong to the format, and for what is no other format we read.
    """
    at = 0
    for _ in range(_MOST_TAGS):
        file.seek(at)
        head = file.read(_HEAD)
        if not _is_tag(head):
            return at if _is_audio_without_tags(head) else 0
        at += _length(head)
    return 0


def _is_tag(head: bytes) -> bool:
    return len(head) == _HEAD and head.startswith(b"ID3") and max(head[6:]) < 0x80  # noqa: PLR2004 - "syncsafe"


def _length(head: bytes) -> int:
    size = 0
    for seven_bits in head[6:]:
        size = size << 7 | seven_bits
    return _HEAD + size + (_HEAD if head[5] & _FOOTER_FLAG else 0)


def _is_audio_without_tags(head: bytes) -> bool:
    return head.startswith((b"RIFF", b"fLaC", b"OggS", b"\x1aE\xdf\xa3")) or (
        len(head) == _HEAD and head[0] == 0xFF and head[1] & _ADTS_MASK == _ADTS  # noqa: PLR2004
    )
