import io
import struct
import wave

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.decode import decode, probe
from inference.audio.encode import (
    CONTENT_TYPES,
    EXTENSIONS,
    MAX_RATE,
    MIN_RATE,
    Encoder,
    content_type,
    corrected,
    encode,
    rates,
    supports,
    usual_rate,
)

from .signals import RATE, dominant, level, speechlike, tone

# Samples that a decoder gives in addition: the encoder's delay, which only a complete MP3's
# header (and Opus's, always) tells it to drop, and the last frame's padding.
WHOLE = {"mp3": 0, "wav": 0, "opus": 0, "pcm": 0, "flac": 0, "aac": 1024 + 1023, "ulaw": 0}
STREAMED = {**WHOLE, "mp3": 576 + 1105 + 575}
FORMATS = list(CONTENT_TYPES)
COMMON_RATES = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
POSSIBLE = [(name, rate) for name in FORMATS for rate in COMMON_RATES if supports(name, rate)]


def streamed(samples, audio_format, step=4_800, rate=None):
    encoder = Encoder(audio_format, rate or usual_rate(audio_format))
    parts = [encoder.write(samples[at : at + step]) for at in range(0, samples.size, step)]
    return [*parts, encoder.finish()]


def whole(chunks, audio_format):
    return encode(chunks, audio_format, usual_rate(audio_format))


def expanded(data):
    """Mu-law as G.711 defines it: sign, chord and step, all bits inverted."""
    bits = ~np.frombuffer(data, np.uint8) & 0xFF
    steps = ((((bits & 15) << 3) + 0x84).astype(np.int32) << (bits >> 4 & 7)) - 0x84
    return (np.where(bits & 0x80, -steps, steps) / 32768).astype(np.float32)


def read(data, audio_format, rate=None):
    rate = rate or usual_rate(audio_format)
    if audio_format == "pcm":
        return np.frombuffer(data, "<i2").astype(np.float32) / 32767
    if audio_format == "ulaw":
        return expanded(data)
    if audio_format == "aac":  # two frames of it are too few for FFmpeg to recognise
        with av.open(io.BytesIO(data), format="aac") as container:
            frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        return np.concatenate(frames)
    return decode(io.BytesIO(data), rate=rate, max_seconds=60)


def test_every_format_has_a_content_type_and_an_extension():
    assert set(CONTENT_TYPES) == set(EXTENSIONS) == set(FORMATS)
    assert set(FORMATS) == {"mp3", "wav", "opus", "pcm", "aac", "flac", "ulaw"}
    assert EXTENSIONS["ulaw"] == ".ulaw"


def test_the_content_type_of_bare_samples_says_their_rate():
    assert CONTENT_TYPES["pcm"] == "audio/pcm;rate=24000;channels=1"
    assert content_type("pcm", 24_000) == CONTENT_TYPES["pcm"]
    assert content_type("pcm", 16_000) == "audio/pcm;rate=16000;channels=1"
    assert content_type("ulaw", 8_000) == "audio/basic"
    assert content_type("mp3", 44_100) == "audio/mpeg"


def test_a_format_says_which_rates_it_has():
    anything = range(MIN_RATE, MAX_RATE + 1)
    assert rates("wav") == rates("pcm") == rates("flac") == anything == range(8_000, 48_001)
    assert rates("mp3") == rates("aac") == {*COMMON_RATES, 12_000}
    assert rates("opus") == {8_000, 12_000, 16_000, 24_000, 48_000}
    assert rates("ulaw") == {8_000}
    assert not rates("m4a")
    assert all(supports(name, usual_rate(name)) for name in FORMATS)
    assert not supports("wav", 7_999)
    assert not supports("opus", 44_100)


@pytest.mark.parametrize(("audio_format", "rate"), POSSIBLE)
@pytest.mark.parametrize("frequency", [220, 3_000])
def test_a_tone_keeps_its_pitch_level_and_length(audio_format, rate, frequency):
    original = tone(2, frequency, rate=rate)
    for data, extra in (
        (encode([original], audio_format, rate), WHOLE),
        (b"".join(streamed(original, audio_format, rate=rate)), STREAMED),
    ):
        decoded = read(data, audio_format, rate)
        middle = decoded[rate // 2 : -rate // 2]
        assert 0 <= decoded.size - original.size <= extra[audio_format]
        assert dominant(middle, rate) == pytest.approx(frequency, rel=0.001)
        # LAME turns everything down by 0.45 dB to leave room for its errors.
        assert level(middle) == pytest.approx(level(original), abs=0.5)


@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize("size", [1, 2, 575, 576, 1023, 1025, 4_097, 24_001])
def test_any_number_of_samples_comes_back_whole(audio_format, size):
    original = tone(2)[:size]
    complete = read(whole([original], audio_format), audio_format)
    stream = read(b"".join(streamed(original, audio_format, step=333)), audio_format)

    # An MP3 of less than its own delay cannot be trimmed to the sample.
    slack = 60 if audio_format == "mp3" and size < 576 else 0
    assert 0 <= complete.size - size <= WHOLE[audio_format] + slack
    assert 0 <= stream.size - size <= STREAMED[audio_format]


@pytest.mark.parametrize("audio_format", FORMATS)
@pytest.mark.parametrize("chunks", [[], [np.zeros(0, np.float32)]])
def test_nothing_at_all_is_still_a_valid_file(audio_format, chunks):
    encoder = Encoder(audio_format, usual_rate(audio_format))
    stream = b"".join(encoder.write(chunk) for chunk in chunks) + encoder.finish()
    for data in (whole(chunks, audio_format), stream):
        if audio_format in {"pcm", "ulaw"}:
            assert level(read(data, audio_format)) < -90 if data else True
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
    rate = usual_rate(audio_format)
    encoder = Encoder(audio_format, rate)
    first = encoder.write(tone(0.5, rate=rate))
    second = encoder.write(tone(0.5, rate=rate))

    heard = read(first + second, audio_format)
    assert len(first) > 200
    assert heard.size > 0.7 * rate


@pytest.mark.parametrize("audio_format", FORMATS)
def test_the_size_of_the_chunks_changes_nothing(audio_format):
    sound = speechlike(1)

    assert b"".join(streamed(sound, audio_format, step=97)) == b"".join(
        streamed(sound, audio_format, step=RATE)
    )
    assert whole([sound], audio_format) == whole([sound[:777], sound[777:]], audio_format)


MENDED = {"wav": 44, "mp3": 400, "flac": 42, "opus": 0, "aac": 0, "pcm": 0, "ulaw": 0}


@pytest.mark.parametrize(("audio_format", "rate"), POSSIBLE)
@pytest.mark.parametrize("seconds", [0, 0.001, 0.3, 3])
def test_what_is_stored_is_what_was_streamed_but_for_sizes_in_the_header(
    audio_format, rate, seconds
):
    sound = speechlike(5, rate=rate)[: round(seconds * rate)]
    encoder = Encoder(audio_format, rate)
    stream = b"".join(encoder.write(sound[at : at + 999]) for at in range(0, sound.size, 999))
    stream += encoder.finish()
    stored = encode([sound], audio_format, rate)

    assert stored == corrected(stream, encoder.corrections)
    assert len(stored) == len(stream)
    assert stored[MENDED[audio_format] :] == stream[MENDED[audio_format] :]
    if audio_format == "wav":
        assert stored[8:40] == stream[8:40]


def test_a_reader_of_a_stream_can_go_on_from_the_stored_file():
    sound = speechlike(2)
    for audio_format in ("wav", "mp3", "flac", "opus", "aac", "pcm"):
        parts = streamed(sound, audio_format)
        begun = b"".join(parts[:5])
        stored = encode([sound], audio_format)

        heard = read(begun + stored[len(begun) :], audio_format)
        assert np.array_equal(heard, read(b"".join(parts), audio_format))


def test_a_streamed_mp3_does_not_say_that_it_is_empty():
    data = b"".join(streamed(tone(2), "mp3"))

    place = data.find(b"Info", 0, 64)
    assert place > 0
    assert data.find(b"Xing", 0, 400) < 0
    assert data[place + 4 : place + 150] == bytes(146)
    frames = [at for at in range(288) if data[at : at + 2] == data[:2]]
    assert frames == [0]


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


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["wav", "pcm", "flac"]), st.integers(MIN_RATE, MAX_RATE))
def test_lossless_formats_have_any_rate_between_the_lowest_and_the_highest(audio_format, rate):
    sound = tone(0.1, rate=rate)
    data = encode([sound], audio_format, rate)

    if audio_format != "pcm":
        assert probe(io.BytesIO(data)).rate == rate
    assert np.allclose(read(data, audio_format, rate), sound, atol=2 / 32768)


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "aac", "flac", "wav"])
def test_the_header_of_a_file_says_its_rate(audio_format):
    for rate in COMMON_RATES:
        if supports(audio_format, rate):
            data = encode([tone(1, rate=rate)], audio_format, rate)
            # Opus is always played at 48 kHz.
            assert probe(io.BytesIO(data)).rate == (48_000 if audio_format == "opus" else rate)


def test_mu_law_is_the_nearest_of_its_255_levels():
    ladder = np.unique(expanded(bytes(range(256))))
    sound = np.linspace(-1, 1, 8_001, dtype=np.float32)

    data = encode([sound], "ulaw", 8_000)
    assert len(data) == sound.size
    off = np.abs(expanded(data) - sound)
    nearest = np.min(np.abs(ladder[None, :] - sound[:, None]), axis=1)
    assert np.max(off - nearest) < 8 / 32768  # FFmpeg looks 14 bits up
    assert encode([np.zeros(3, np.float32)], "ulaw", 8_000) == b"\xff\xff\xff"


def test_an_unknown_format_or_rate_is_a_mistake_of_the_caller():
    for make in (Encoder, lambda name: encode([], name)):
        with pytest.raises(ValueError, match="unknown audio format 'm4a'"):
            make("m4a")
    for audio_format, rate in (("opus", 44_100), ("ulaw", 24_000), ("wav", 7_999), ("pcm", 48_001)):
        with pytest.raises(ValueError, match=f"{audio_format} has no rate of {rate} Hz"):
            Encoder(audio_format, rate)


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
