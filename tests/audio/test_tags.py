"""Tags in front of a recording, however large."""

import io

import pytest

from inference.audio.decode import decode, probe
from inference.audio.errors import AudioError

from . import files
from .signals import RATE, dominant, tone

KINDS = {
    "wav": ("pcm_s16le", "wav"),
    "aac": ("aac", "adts"),
    "flac": ("flac", "flac"),
    "ogg": ("libopus", "ogg"),
    "webm": ("libopus", "webm"),
    "mp3": ("libmp3lame", "mp3"),
}


def tag(size, *, footer=False):
    """An ID3v2.4 tag with a cover of ``size`` bytes."""
    picture = b"\0image/png\0\3\0" + bytes(size)
    frame = b"APIC" + syncsafe(len(picture)) + b"\0\0" + picture
    head = b"\4\0" + (b"\x10" if footer else b"\0") + syncsafe(len(frame))
    return b"ID3" + head + frame + (b"3DI" + head if footer else b"")


def syncsafe(number):
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [100, 900_000, 1_100_000, 6_000_000])
def test_a_tag_of_any_size_stands_before_any_recording(kind, size):
    codec, container = KINDS[kind]
    plain = files.make(codec, container, tone(2), RATE)
    tagged = tag(size) + plain

    assert probe(io.BytesIO(tagged)).container == kind
    assert probe(io.BytesIO(tagged)).duration == pytest.approx(2, abs=0.06)
    assert dominant(decode(io.BytesIO(tagged), max_seconds=9)) == pytest.approx(440, abs=0.5)


@pytest.mark.parametrize("kind", ["wav", "aac"])
def test_several_tags_and_one_with_a_footer_are_passed_over(kind):
    codec, container = KINDS[kind]
    plain = files.make(codec, container, tone(2), RATE)

    assert probe(io.BytesIO(tag(2_000_000, footer=True) + tag(10) + plain)).container == kind


@pytest.mark.parametrize("data", [tag(2_000_000), tag(100)[:50], tag(100) * 40, b"ID3"])
def test_a_tag_alone_is_no_recording(data):
    with pytest.raises(AudioError):
        probe(io.BytesIO(data))


def test_a_tag_that_says_it_is_larger_than_the_file_is_refused():
    wav = files.make("pcm_s16le", "wav", tone(2), RATE)
    with pytest.raises(AudioError) as caught:
        probe(io.BytesIO(b"ID3\4\0\0" + syncsafe(200_000_000) + wav))
    assert caught.value.code == "UNREADABLE"
