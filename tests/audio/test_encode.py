import io
import struct
import wave

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.decode import decode, probe
from inference.audio.encode import CONTENT_TYPES, EXTENSIONS, Encoder, encode

from .signals import RATE, dominant, level, speechlike, tone

# Samples that a decoder gives in addition: the encoder's delay, which only a complete MP3's
# header (and Opus's, always) tells it to drop, and the last frame's padding.
WHOLE = {"mp3": 0, "wav": 0, "opus": 0, "pcm": 0, "flac": 0, "aac": 1024 + 1023}
STREAMED = {**WHOLE, "mp3": 576 + 1105 + 575}
FORMATS = list(CONTENT_TYPES)


def streamed(samples, audio_format, step=4_800, rate=RATE):
    encoder = Encoder(audio_format, rate)
    parts = [encoder.write(samples[at : at + step]) for at in range(0, samples.size, step)]
    return [*parts, encoder.finish()]


def read(data, audio_format, rate=RATE):
    if audio_format == "pcm":
        return np.frombuffer(data, "<i2").astype(np.float32) / 32767
    if audio_format == "aac":  # two frames of it are too few for FFmpeg to recognise
        with av.open(io.BytesIO(data), format="aac") as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        return np.concatenate(frames)
    return decode(io.BytesIO(data), rate=rate, max_seconds=60)


def test_every_format_has_a_content_type_and_an_extension():
    assert set(CONTENT_TYPES) == set(EXTENSIONS) == {"mp3", "wav", "opus", "pcm", "aac", "flac"}
    assert CONTENT_TYPES["pcm"] == "audio/pcm;rate=24000;channels=1"


@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize("frequency", [220, 3_000])
def test_a_tone_keeps_its_pitch_level_and_length(audio_format, frequency):
    original = tone(2, frequency)
    for data, extra in (
        (encode([original], audio_format), WHOLE),
        (b"".join(streamed(original, audio_format)), STREAMED),
    ):
        decoded = read(data, audio_format)
        middle = decoded[RATE // 2 : -RATE // 2]
        assert 0 <= decoded.size - original.size <= extra[audio_format]
        assert dominant(middle) == pytest.approx(frequency, rel=0.001)
        # LAME turns everything down by 0.45 dB to leave room for its errors.
        assert level(middle) == pytest.approx(level(original), abs=0.5)


@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize("size", [1, 2, 575, 576, 1023, 1025, 4_097, 24_001])
def test_any_number_of_samples_comes_back_whole(audio_format, size):
    original = tone(2)[:size]
    whole = read(encode([original], audio_format), audio_format)
    stream = read(b"".join(streamed(original, audio_format, step=333)), audio_format)

    # An MP3 of less than its own delay cannot be trimmed to the sample.
    slack = 60 if audio_format == "mp3" and size < 576 else 0
    assert 0 <= whole.size - size <= WHOLE[audio_format] + slack
    assert 0 <= stream.size - size <= STREAMED[audio_format]


@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize("chunks", [[], [np.zeros(0, np.float32)]])
def test_nothing_at_all_is_still_a_valid_file(audio_format, chunks):
    encoder = Encoder(audio_format)
    stream = b"".join(encoder.write(chunk) for chunk in chunks) + encoder.finish()
    for data in (encode(chunks, audio_format), stream):
        if audio_format == "pcm":
            assert data == b""
        else:
            with av.open(io.BytesIO(data)) as container:
                assert container.streams.audio


@pytest.mark.parametrize("audio_format", ["wav", "mp3", "flac", "opus"])
def test_the_header_of_a_complete_file_states_its_duration(audio_format):
    data = encode([tone(0.7), tone(1.3)], audio_format)

    with av.open(io.BytesIO(data)) as container:
        assert container.duration / av.time_base == pytest.approx(2, abs=0.007)
    assert probe(io.BytesIO(data)).duration == 2.0


def test_a_complete_mp3_carries_its_frame_count_for_players_that_seek():
    data = encode([tone(2)], "mp3")

    place = max(data.find(b"Info", 0, 200), data.find(b"Xing", 0, 200))
    assert place > 0
    frames = struct.unpack(">I", data[place + 8 : place + 12])[0]
    assert frames * 576 == pytest.approx(2 * RATE, abs=3 * 576)


def test_a_complete_wav_states_its_sizes():
    data = encode([tone(1), tone(0.5)], "wav")

    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    with wave.open(io.BytesIO(data)) as file:
        assert file.getparams()[:4] == (1, 2, RATE, 36_000)


def test_a_streamed_wav_leaves_its_sizes_open():
    data = b"".join(streamed(tone(1), "wav"))

    assert data[4:8] == data[40:44] == b"\xff" * 4
    assert data[:4] + data[8:16] + data[36:40] == b"RIFFWAVEfmt data"
    assert len(data) == 44 + 2 * RATE


@pytest.mark.parametrize("audio_format", FORMATS)
def test_a_stream_is_heard_before_it_ends(audio_format):
    encoder = Encoder(audio_format)
    first = encoder.write(tone(0.5))
    second = encoder.write(tone(0.5))

    heard = read(first + second, audio_format)
    assert len(first) > 200
    assert heard.size > 0.7 * RATE


@pytest.mark.parametrize("audio_format", FORMATS)
def test_the_size_of_the_chunks_changes_nothing(audio_format):
    sound = speechlike(1)

    assert b"".join(streamed(sound, audio_format, step=97)) == b"".join(
        streamed(sound, audio_format, step=RATE)
    )
    assert encode([sound], audio_format) == encode([sound[:777], sound[777:]], audio_format)


def test_pcm_is_16_bit_little_endian_and_clips():
    samples = np.array([0, 1, -1, 2, -2, 0.5, np.nan, np.inf, -np.inf], np.float32)

    assert struct.unpack("<9h", encode([samples], "pcm")) == (
        *(0, 32767, -32767, 32767, -32767, 16384, 0, 32767, -32767),
    )


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "aac", "flac"])
def test_samples_beyond_full_scale_and_no_numbers_do_no_harm(audio_format):
    wild = tone(1, amplitude=3)
    wild[100:200] = np.nan

    decoded = read(encode([wild], audio_format), audio_format)
    assert np.isfinite(decoded).all()
    assert level(decoded) > -4


@pytest.mark.parametrize("audio_format", FORMATS)
def test_other_rates_are_kept_where_the_format_has_them(audio_format):
    data = encode([tone(1, rate=16_000)], audio_format, 16_000)

    assert dominant(read(data, audio_format, 16_000), 16_000) == pytest.approx(440, abs=1)


def test_an_unknown_format_or_rate_is_a_mistake_of_the_caller():
    for make in (Encoder, lambda name: encode([], name)):
        with pytest.raises(ValueError, match="unknown audio format 'm4a'"):
            make("m4a")
    with pytest.raises(ValueError, match="opus has no rate of 44100 Hz"):
        Encoder("opus", 44_100)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["wav", "pcm", "flac"]),
    st.lists(st.integers(0, 700), max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_lossless_formats_lose_nothing_however_the_audio_is_cut(audio_format, sizes, seed):
    rng = np.random.default_rng(seed)
    chunks = [(rng.integers(-32767, 32768, n) / 32768).astype(np.float32) for n in sizes]
    sound = np.concatenate([np.zeros(0, np.float32), *chunks])
    encoder = Encoder(audio_format)
    stream = b"".join(encoder.write(chunk) for chunk in chunks) + encoder.finish()
    for data in (stream, encode(chunks, audio_format)):
        if sound.size:
            decoded = read(data, audio_format)
            assert decoded.size == sound.size
            assert np.max(np.abs(decoded - sound)) < 2 / 32768
