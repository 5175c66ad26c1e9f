import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.decode import decode
from inference.audio.encode import corrected, encode, rates, supports
from inference.audio.loudness import peak, rms_dbfs
from inference.audio.outlet import Outlet, normalized
from inference.audio.resample import resample

from .signals import RATE, dominant, level, speechlike, tone

FORMATS = ["wav", "mp3", "opus", "aac", "flac", "pcm"]


def through(outlet, samples, step=4_800):
    """The parts that come out of an outlet, and what it gives at the end."""
    parts = [outlet.push(samples[at : at + step]) for at in range(0, samples.size, step)]
    return [*parts, outlet.finish()]


def sounds(data):
    return np.frombuffer(data, "<i2").astype(np.float32) / 32767


def due(size, tempo, rate):
    """n samples at 24 kHz at another tempo, and those at another rate; halves go up."""
    slower = int(size / Fraction(tempo) + Fraction(1, 2))
    return int(Fraction(slower * rate, RATE) + Fraction(1, 2))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 6_000),
    st.integers(1, 5_000),
    st.sampled_from([1.0, 0.25, 0.7, 1.3, 4.0]),
    st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 31_337]),
    st.sampled_from(["", "peak", "rms"]),
)
def test_the_number_of_samples_is_exact_and_counted(size, step, tempo, rate, normalization):
    outlet = Outlet("pcm", rate, tempo=tempo, normalization=normalization)
    data = b"".join(through(outlet, speechlike(0.25)[:size], step))

    assert len(data) == 2 * due(size, tempo, rate)
    assert outlet.samples == due(size, tempo, rate)
    assert outlet.seconds == outlet.samples / rate


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100])
@pytest.mark.parametrize("step", [333, 4_800, 50_000])
def test_without_a_tempo_the_cuts_make_no_difference_at_all(rate, step):
    sound = speechlike(2)
    data = b"".join(through(Outlet("pcm", rate), sound, step))

    assert data == encode([resample(sound, RATE, rate)], "pcm", rate)


@pytest.mark.parametrize("tempo", [0.5, 0.8, 1.0, 1.25, 2.0])
@pytest.mark.parametrize("step", [700, 9_999])
def test_there_is_no_click_between_two_pushes(tempo, step):
    heard = sounds(b"".join(through(Outlet("pcm", 48_000, tempo=tempo), tone(3), step)))
    middle = heard[4_800:-4_800]

    assert dominant(middle, 48_000) == pytest.approx(440, abs=2)
    assert level(middle) == pytest.approx(level(tone(3)), abs=0.5)
    # A tone of 440 Hz bends by so much from sample to sample; a click bends many times more.
    bend = 0.5 * (2 * np.pi * 440 / 48_000) ** 2
    assert np.max(np.abs(np.diff(middle, 2))) < 3 * bend


@pytest.mark.parametrize("audio_format", FORMATS)
def test_the_bytes_come_while_the_audio_is_made(audio_format):
    outlet = Outlet(audio_format, 16_000, tempo=1.2)
    parts = through(outlet, speechlike(4), step=RATE // 2)

    early = sum(map(len, parts[:4]))
    assert early > 0.3 * sum(map(len, parts))
    assert len(parts[-1]) < 0.2 * sum(map(len, parts))


@pytest.mark.parametrize("audio_format", [*FORMATS, "ulaw"])
def test_what_is_stored_is_what_was_given_with_its_corrections(audio_format):
    rate = 8_000 if audio_format == "ulaw" else 48_000
    outlet = Outlet(audio_format, rate)
    stream = b"".join(through(outlet, speechlike(1)))

    whole = encode([resample(speechlike(1), RATE, rate)], audio_format, rate)
    assert corrected(stream, outlet.corrections) == whole


def test_peak_normalisation_reaches_full_scale_and_does_not_clip():
    for amplitude in (0.05, 0.9):
        outlet = Outlet("pcm", 22_050, normalization="peak")
        parts = through(outlet, speechlike(2, amplitude))
        steps = np.frombuffer(parts[-1], "<i2")

        assert parts[:-1] == [b""] * (len(parts) - 1)
        assert np.max(np.abs(steps.astype(int))) == 32767
        assert np.count_nonzero(np.abs(steps.astype(int)) == 32767) <= 2


@pytest.mark.parametrize("amplitude", [0.01, 0.2, 1.0])
def test_rms_normalisation_gives_every_recording_the_same_loudness(amplitude):
    outlet = Outlet("wav", 48_000, normalization="rms")
    data = b"".join(through(outlet, speechlike(3, amplitude)))

    heard = decode(io.BytesIO(corrected(data, outlet.corrections)), rate=48_000, max_seconds=9)
    assert rms_dbfs(heard) == pytest.approx(-20, abs=0.3)
    assert peak(heard) < 0.9


def test_rms_normalisation_limits_the_peaks_it_raises():
    spiky = tone(2, amplitude=0.01)
    spiky[::8_000] = 0.5

    levelled = normalized(spiky, RATE, "rms")
    assert 10 ** (-1.1 / 20) < peak(levelled) <= 10 ** (-1 / 20) * 1.000001


@pytest.mark.parametrize("normalization", ["", "peak", "rms"])
def test_silence_and_nothing_at_all_stay_so(normalization):
    for samples in (np.zeros(0, np.float32), np.zeros(3_000, np.float32)):
        data = b"".join(through(Outlet("pcm", 8_000, normalization=normalization), samples))
        assert data == bytes(2 * due(samples.size, 1, 8_000))


def test_what_no_encoder_has_is_refused_before_any_work():
    for name, rate, tempo in (("m4a", 24_000, 1), ("opus", 44_100, 1), ("wav", 24_000, 5)):
        with pytest.raises(ValueError, match=r"unknown|no rate|tempo"):
            Outlet(name, rate, tempo=tempo)
    assert all(supports(name, rate) for name in FORMATS for rate in list(rates(name))[:3])
