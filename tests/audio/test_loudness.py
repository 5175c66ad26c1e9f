import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio import loudness
from inference.audio.loudness import (
    SILENCE,
    active_level,
    apply_gain,
    limit,
    normalize_peak,
    normalize_rms,
    peak,
    rms_dbfs,
)

from .signals import RATE, dominant, level, speechlike, tone

NOTHING = np.zeros(0, np.float32)
QUIET = np.zeros(RATE, np.float32)
CEILING = 10 ** (-1 / 20)


def test_a_full_scale_sine_has_minus_three_dbfs():
    assert rms_dbfs(tone(1, amplitude=1)) == pytest.approx(-3.01, abs=0.01)
    assert rms_dbfs(np.ones(100, np.float32)) == 0
    assert peak(np.array([0.25, -0.75], np.float32)) == 0.75


@pytest.mark.parametrize("samples", [NOTHING, QUIET])
def test_silence_has_no_level_and_stays_silent(samples):
    assert rms_dbfs(samples) == active_level(samples, RATE) == SILENCE == -math.inf
    assert peak(samples) == 0
    for changed in (
        normalize_peak(samples),
        normalize_rms(samples),
        limit(samples, RATE),
        apply_gain(samples, 6),
    ):
        assert np.array_equal(changed, samples)


def test_pauses_do_not_lower_the_active_level():
    speech = speechlike(2)
    with_pauses = np.concatenate([QUIET, speech, QUIET, QUIET])

    assert rms_dbfs(with_pauses) == pytest.approx(rms_dbfs(speech) - 3.98, abs=0.1)
    assert active_level(with_pauses, RATE) == pytest.approx(active_level(speech, RATE), abs=0.3)


def test_room_noise_in_pauses_does_not_lower_the_active_level():
    noise = 0.003 * np.random.default_rng(1).standard_normal(4 * RATE).astype(np.float32)
    noise[RATE : 3 * RATE] += speechlike(2)

    assert active_level(noise, RATE) == pytest.approx(active_level(speechlike(2), RATE), abs=1)


@pytest.mark.parametrize("amplitude", [0.9, 0.1, 0.01])
def test_the_active_level_follows_the_gain(amplitude):
    loud = active_level(speechlike(2, 1.0), RATE)

    changed = active_level(speechlike(2, amplitude), RATE)
    assert changed == pytest.approx(loud + 20 * math.log10(amplitude), abs=1)


def test_a_gain_is_in_decibels():
    assert level(apply_gain(tone(1), -6)) == pytest.approx(level(tone(1)) - 6, abs=0.001)
    assert apply_gain(tone(1), 6).dtype == np.float32


def test_peak_and_rms_are_brought_to_their_targets():
    assert peak(normalize_peak(tone(1, amplitude=0.1), -3)) == pytest.approx(10 ** (-3 / 20))
    assert rms_dbfs(normalize_rms(speechlike(1), -26)) == pytest.approx(-26, abs=0.001)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 2_000),
    st.floats(0.1, 50),
    st.floats(-20, 0),
    st.sampled_from([8_000, 24_000, 48_000]),
    st.integers(0, 2**32 - 1),
)
def test_the_limiter_never_passes_its_ceiling(size, loudest, ceiling, rate, seed):
    rng = np.random.default_rng(seed)
    wild = (rng.standard_normal(size) * loudest * (rng.random(size) > 0.9)).astype(np.float32)

    limited = limit(wild, rate, ceiling)
    assert limited.shape == wild.shape
    assert limited.dtype == np.float32
    assert peak(limited) <= 10 ** (ceiling / 20) * 1.000001


@pytest.mark.parametrize("block", [997, 24_000])
def test_a_long_recording_is_limited_in_blocks_that_nobody_hears(monkeypatch, block):
    loud = speechlike(3, 3.0)
    whole = limit(loud, RATE)
    monkeypatch.setattr(loudness, "_BLOCK", block)

    assert np.allclose(limit(loud, RATE), whole, atol=1e-6)


def test_the_limiter_leaves_alone_what_is_below_its_ceiling():
    assert np.array_equal(limit(tone(1), RATE), tone(1))


def test_the_limiter_touches_only_the_neighbourhood_of_a_peak():
    sound = tone(1)
    sound[RATE // 2] = 2

    limited = limit(sound, RATE)
    near = round(0.011 * RATE)
    assert np.array_equal(limited[: RATE // 2 - near], sound[: RATE // 2 - near])
    assert np.array_equal(limited[RATE // 2 + near :], sound[RATE // 2 + near :])


def test_the_limiter_does_not_click():
    loud = tone(1) * (1 + 2 * np.sin(np.pi * np.arange(RATE) / RATE).astype(np.float32) ** 2)

    limited = limit(loud, RATE)
    assert dominant(limited) == pytest.approx(440, abs=0.5)
    # A hard clip's corners have a second difference many times that of the tone itself.
    bend = np.max(np.abs(np.diff(limited, 2)))
    assert bend < 1.5 * np.max(np.abs(np.diff(tone(1, amplitude=CEILING), 2)))
    assert np.max(np.abs(np.diff(np.clip(loud, -CEILING, CEILING), 2))) > 2 * bend


def test_the_gain_glides_down_to_a_sudden_peak_and_up_again():
    sound = tone(1)
    sound[RATE // 2 : RATE // 2 + 240] *= 1 + 3 * np.hanning(240).astype(np.float32)

    gain = limit(sound, RATE)[1::2] / sound[1::2]
    assert np.max(np.abs(np.diff(gain[np.isfinite(gain)]))) < 0.03


def test_a_limited_tone_stays_a_tone():
    limited = limit(4 * tone(1), RATE)
    spectrum = np.abs(np.fft.rfft(limited[2_400:-2_400] * np.hanning(19_200)))
    line = round(440 * 19_200 / RATE)
    rest = np.concatenate([spectrum[: line - 3], spectrum[line + 4 :]])

    assert 10 * np.log10(np.sum(rest**2) / np.sum(spectrum**2)) < -40
