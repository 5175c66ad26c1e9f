import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.trim import speech_seconds, trim_silence

from .signals import RATE, speechlike, tone


def quiet(seconds, noise=0.0):
    rng = np.random.default_rng(7)
    return (noise * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


@pytest.mark.parametrize("noise", [0, 0.0003, 0.003])
def test_silence_is_cut_from_both_ends_but_for_the_padding(noise):
    recording = np.concatenate([quiet(1, noise), tone(2), quiet(0.7, noise)])

    trimmed = trim_silence(recording, RATE, padding=0.05)
    assert trimmed.size / RATE == pytest.approx(2.1, abs=0.041)


def test_pauses_inside_are_kept():
    recording = np.concatenate([quiet(1), tone(1), quiet(2), tone(1), quiet(1)])

    assert trim_silence(recording, RATE, padding=0).size / RATE == pytest.approx(4, abs=0.041)


def test_a_recording_without_silence_is_kept_whole():
    assert np.array_equal(trim_silence(tone(1.23), RATE), tone(1.23))


@pytest.mark.parametrize("samples", [quiet(0), quiet(1), quiet(1, 0.0001)])
def test_of_nothing_but_silence_nothing_is_left(samples):
    assert trim_silence(samples, RATE).size == 0
    assert speech_seconds(samples, RATE) == 0


def test_the_padding_never_reaches_beyond_the_recording():
    assert trim_silence(tone(0.5), RATE, padding=3).size == RATE // 2


@pytest.mark.parametrize("noise", [0, 0.001])
def test_the_seconds_of_speech_leave_out_the_pauses(noise):
    recording = np.concatenate([quiet(2, noise), tone(1.5), quiet(3, noise), tone(0.5)])

    assert speech_seconds(recording, RATE) == pytest.approx(2, abs=0.061)


def test_a_quiet_recording_counts_like_a_loud_one():
    recording = np.concatenate([quiet(1), speechlike(2), quiet(1)])

    loud = speech_seconds(recording, RATE)
    assert speech_seconds(recording * np.float32(0.1), RATE) == pytest.approx(loud, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 5_000), st.floats(0, 0.2))
def test_what_is_trimmed_is_a_stretch_of_the_recording(before, sound, after, padding):
    recording = np.zeros(before + sound + after, np.float32)
    recording[before : before + sound] = tone(1)[:sound]

    trimmed = trim_silence(recording, RATE, padding=padding)
    assert trimmed.size <= recording.size
    assert trimmed.size >= sound - 2 or np.abs(recording).max(initial=0) < 0.2
    assert 0 <= speech_seconds(recording, RATE) <= recording.size / RATE + 1e-9
