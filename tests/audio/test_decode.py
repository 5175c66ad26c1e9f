import io
import struct
import tracemalloc
import wave
import zipfile

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.decode import decode, probe
from inference.audio.errors import AudioError
from inference.audio.limits import check_duration

from . import files
from .signals import RATE, dominant, level, tone

KINDS = {
    "mp3": ("libmp3lame", "mp3", 44_100, "mp3", "mp3"),
    "wav": ("pcm_s16le", "wav", 44_100, "wav", "pcm_s16le"),
    "wav, 8 bits": ("pcm_u8", "wav", 16_000, "wav", "pcm_u8"),
    "wav, 24 bits": ("pcm_s24le", "wav", 48_000, "wav", "pcm_s24le"),
    "wav, float": ("pcm_f32le", "wav", 48_000, "wav", "pcm_f32le"),
    "wav, double": ("pcm_f64le", "wav", 48_000, "wav", "pcm_f64le"),
    "wav, telephone": ("pcm_mulaw", "wav", 8_000, "wav", "pcm_mulaw"),
    "flac": ("flac", "flac", 44_100, "flac", "flac"),
    "ogg": ("libopus", "ogg", 48_000, "ogg", "opus"),
    "webm": ("libopus", "webm", 48_000, "webm", "opus"),
    "m4a": ("aac", "ipod", 44_100, "m4a", "aac"),
    "aac": ("aac", "adts", 44_100, "aac", "aac"),
}


def refused(data, **options):
    with pytest.raises(AudioError) as caught:
        probe(io.BytesIO(data))
    first = caught.value.code
    with pytest.raises(AudioError) as caught:
        decode(io.BytesIO(data), max_seconds=60, **options)
    assert caught.value.message.endswith(".")
    assert caught.value.code == first
    return first


@pytest.mark.parametrize("kind", KINDS)
def test_each_format_is_named_measured_and_decoded(kind):
    codec, container, rate, name, codec_name = KINDS[kind]
    data = files.make(codec, container, tone(2.5, rate=rate), rate)

    info = probe(io.BytesIO(data))
    samples = decode(io.BytesIO(data), max_seconds=60)

    assert (info.container, info.codec, info.rate, info.channels) == (name, codec_name, rate, 1)
    assert info.duration == pytest.approx(2.5, abs=0.06)  # AAC's delay stays
    assert samples.dtype == np.float32
    assert samples.size == pytest.approx(info.duration * RATE, abs=1)
    assert dominant(samples) == pytest.approx(440, abs=0.5)
    assert level(samples[RATE // 2 : -RATE // 2]) == pytest.approx(level(tone(1)), abs=0.5)


@pytest.mark.parametrize("live", [True, False])
def test_a_browsers_recording_has_no_duration_and_its_samples_are_counted(live):
    options = {"live": "1"} if live else {}
    data = files.make("libopus", "webm", tone(3.3, rate=48_000), 48_000, **options)
    piped = files.recorder_webm(tone(3.3, rate=48_000))
    with av.open(io.BytesIO(piped)) as container:
        assert container.duration is None

    assert probe(io.BytesIO(data)).duration == pytest.approx(3.3, abs=0.001)
    assert probe(io.BytesIO(piped)).duration == pytest.approx(3.3, abs=0.001)
    assert decode(io.BytesIO(piped), max_seconds=60).size == pytest.approx(3.3 * RATE, abs=2)


def test_a_duration_is_exact_to_the_sample_so_that_limits_and_prices_are():
    data = files.make("pcm_s16le", "wav", np.zeros(60 * 8_000), 8_000)

    assert probe(io.BytesIO(data)).duration == 60.0


def test_a_header_that_lies_about_the_length_is_not_believed():
    data = bytearray(files.make("flac", "flac", tone(1), RATE))
    # The low 32 bits of STREAMINFO's number of samples.
    data[22:26] = struct.pack(">I", 1000 * RATE)

    assert probe(io.BytesIO(bytes(data))).duration == 1.0


def test_past_the_counted_seconds_the_header_says_how_much_too_long():
    data = files.make("flac", "flac", np.zeros(200 * 8_000), 8_000)

    assert probe(io.BytesIO(data), counted_seconds=10).duration == pytest.approx(200)


def test_decoding_stops_at_the_limit_however_far_a_small_file_unfolds():
    hour = files.make("flac", "flac", np.zeros(3_600 * 8_000, np.float32), 8_000)
    assert len(hour) < 1_000_000

    tracemalloc.start()
    samples = decode(io.BytesIO(hour), max_seconds=10)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert samples.size == 10 * RATE
    assert most < 8_000_000


@pytest.mark.parametrize("seconds", [0.5, 0.123456, 1.0])
def test_the_limit_is_kept_to_the_sample(seconds):
    data = files.make("pcm_s16le", "wav", tone(2, rate=44_100), 44_100)

    assert decode(io.BytesIO(data), max_seconds=seconds).size == round(seconds * RATE)


def test_channels_are_mixed_evenly_and_the_rate_is_as_asked():
    stereo = np.stack([tone(1, 440, rate=48_000), tone(1, 1000, rate=48_000)])
    data = files.make("pcm_s16le", "wav", stereo, 48_000)

    samples = decode(io.BytesIO(data), rate=16_000, max_seconds=60)

    assert probe(io.BytesIO(data)).channels == 2
    spectrum = np.abs(np.fft.rfft(samples))
    assert samples.size == 16_000
    assert spectrum[440] == pytest.approx(spectrum[1000], rel=0.01)
    assert level(samples) == pytest.approx(level(stereo[0]) - 3.01, abs=0.05)


def test_six_channels_are_mixed_too():
    data = files.make("flac", "flac", np.stack([tone(0.5)] * 6), RATE)

    assert level(decode(io.BytesIO(data), max_seconds=9)) == pytest.approx(
        level(tone(0.5)), abs=0.1
    )


def test_infinite_and_missing_numbers_in_a_float_file_become_silence():
    samples = tone(1)
    samples[1000:1010], samples[2000], samples[3000] = np.nan, np.inf, -np.inf
    samples[4000] = 3e38

    decoded = decode(io.BytesIO(float_wav(samples)), max_seconds=9)

    assert np.isfinite(decoded).all()
    assert np.max(np.abs(decoded)) <= 1
    assert decoded.size == RATE


def test_absurd_numbers_in_several_channels_do_not_overflow():
    data = files.make("pcm_f32le", "wav", np.full((2, 1000), 3e38), RATE)

    assert np.isfinite(decode(io.BytesIO(data), max_seconds=9)).all()


@pytest.mark.parametrize("header", [b"\xff\xf1\x58\x40\x20\x1f\xfc"])
def test_noise_behind_valid_frame_headers_is_unreadable(header):
    noise = np.random.default_rng(5)
    data = b"".join(header + noise.bytes(256 - len(header)) for _ in range(200))

    assert refused(data) == "UNREADABLE"


def test_what_exceeds_full_scale_is_turned_down_and_not_clipped():
    decoded = decode(io.BytesIO(float_wav(tone(1, amplitude=4))), max_seconds=9)

    assert np.max(np.abs(decoded)) == pytest.approx(1, abs=1e-4)
    assert level(decoded) == pytest.approx(level(tone(1, amplitude=1)), abs=0.01)


def float_wav(samples):
    body = samples.astype("<f4").tobytes()
    layout = struct.pack("<IHHIIHH", 16, 3, 1, RATE, RATE * 4, 4, 32)
    head = b"RIFF" + struct.pack("<I", len(body) + 36) + b"WAVEfmt " + layout
    return head + b"data" + struct.pack("<I", len(body)) + body


def zipped():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("voice.wav", b"RIFF" * 1000)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0" * 100_000,
        np.random.default_rng(1).bytes(300_000),
        b"To be, or not to be: that is the question.\n" * 500,
        zipped(),
        b"<html><audio src='file:///etc/passwd'></audio></html>",
    ],
    ids=["one byte", "zeros", "random", "text", "zip", "html"],
)
def test_what_is_no_audio_file_is_refused(data):
    assert refused(data) == "UNSUPPORTED_FORMAT"


def test_an_empty_file_says_that_it_is_empty():
    assert refused(b"") == "NO_AUDIO"
    with pytest.raises(AudioError, match=r"The file is empty\."):
        probe(io.BytesIO())


def test_a_video_without_sound_has_no_audio():
    assert refused(files.silent_video()) == "NO_AUDIO"


def test_a_file_of_no_samples_has_no_audio():
    data = io.BytesIO()
    with wave.open(data, "wb") as empty:
        empty.setparams((1, 2, RATE, 0, "NONE", ""))

    assert refused(data.getvalue()) == "NO_AUDIO"


@pytest.mark.parametrize("kind", ["m4a", "flac", "ogg"])
def test_a_file_cut_down_to_its_head_is_unreadable_rather_than_foreign(kind):
    codec, container, rate, *_ = KINDS[kind]
    data = files.make(codec, container, tone(2, rate=rate), rate)

    assert refused(data[:60]) == "UNREADABLE"


@pytest.mark.parametrize("rate", [1, 3_999, 400_000, 2**31 - 1])
def test_a_rate_that_nobody_records_at_is_unreadable(rate):
    data = bytearray(files.make("pcm_s16le", "wav", tone(1), RATE))
    data[24:28] = struct.pack("<I", rate)

    assert refused(bytes(data)) == "UNREADABLE"


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "ogg", "webm", "aac"])
def test_a_truncated_file_gives_the_part_that_decodes(kind):
    codec, container, rate, *_ = KINDS[kind]
    data = files.make(codec, container, tone(4, rate=rate), rate)

    samples = decode(io.BytesIO(data[: len(data) * 2 // 3]), max_seconds=60)

    assert 1.5 * RATE < samples.size < 3 * RATE
    assert dominant(samples) == pytest.approx(440, abs=1)


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "webm", "aac"])
def test_a_scratch_in_the_middle_does_not_cost_the_rest(kind):
    codec, container, rate, *_ = KINDS[kind]
    data = bytearray(files.make(codec, container, tone(4, rate=rate), rate))
    middle = len(data) // 2
    data[middle : middle + 50] = b"\x55" * 50

    assert decode(io.BytesIO(bytes(data)), max_seconds=60).size > 2.9 * RATE


def test_tags_in_another_encoding_do_no_harm():
    data = bytearray(files.make("pcm_s16le", "wav", tone(1), RATE))
    data += b"LIST" + struct.pack("<I", 16) + b"INFOIART" + struct.pack("<I", 4) + b"\xe9\xff\xfe\0"

    assert probe(io.BytesIO(bytes(data))).duration == 1.0


def test_the_file_is_read_from_its_beginning_and_stays_open():
    file = io.BytesIO(files.make("pcm_s16le", "wav", tone(1), RATE))
    file.seek(1000)

    assert probe(file).duration == 1.0
    assert decode(file, max_seconds=9).size == RATE
    assert not file.closed


def test_the_uploaders_file_name_decides_nothing():
    class Named(io.BytesIO):
        name = "https://example.org/voice.mp3"

    assert probe(Named(files.make("flac", "flac", tone(1), RATE))).container == "flac"
    Named.name = "voice.flac"
    with pytest.raises(AudioError) as caught:
        probe(Named(b"no audio " * 1000))
    assert caught.value.code == "UNSUPPORTED_FORMAT"


def test_a_storage_that_fails_is_not_the_customers_fault():
    class Gone(io.BytesIO):
        def read(self, size=-1):
            raise ConnectionResetError("storage")

    with pytest.raises(ConnectionResetError):
        probe(Gone(b"RIFF"))


def test_limits_are_inclusive():
    check_duration(1, minimum=1, maximum=180)
    check_duration(180, minimum=1, maximum=180)
    with pytest.raises(AudioError, match="at least 1 s") as caught:
        check_duration(0.99, minimum=1, maximum=180)
    assert caught.value.code == "TOO_SHORT"
    with pytest.raises(AudioError, match="at most 180 s") as caught:
        check_duration(180.01, minimum=1, maximum=180)
    assert caught.value.code == "TOO_LONG"


SEEDS = [
    files.make(codec, container, tone(0.2, rate=rate), rate)
    for codec, container, rate, *_ in KINDS.values()
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=20),
    st.integers(0, 100),
)
def test_damage_of_any_kind_raises_audio_error_or_decodes_in_part(seed, bites, percent):
    data = bytearray(seed[: len(seed) * percent // 100])
    for place, value in bites:
        # The head is where the lies of a header are.
        if data:
            data[place % min(len(data), 400)] = value
    for read in (probe, lambda file: decode(file, max_seconds=5)):
        try:
            read(io.BytesIO(bytes(data)))
        except AudioError as error:
            assert error.code in {"UNSUPPORTED_FORMAT", "UNREADABLE", "NO_AUDIO"}  # noqa: PT017
