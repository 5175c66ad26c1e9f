"""Several channels become one in which the voice is still there."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.channels import ChannelSurvey
from inference.audio.decode import decode

from . import files
from .signals import RATE, dominant, level, speechlike, tone

VOICE = speechlike(4)
OTHER = speechlike(4, seed=9)[::-1].copy()


def decoded(*channels, codec="pcm_s16le", container="wav"):
    data = files.make(codec, container, np.stack(channels), RATE)
    return decode(io.BytesIO(data), max_seconds=60)


def alike(one, other):
    """The correlation of two recordings."""
    size = min(one.size, other.size)
    return float(np.corrcoef(one[:size], other[:size])[0, 1])


@pytest.mark.parametrize("inverted", [-1.0, -0.98, -0.7, -1.02, -0.3])
def test_a_channel_that_is_inverted_takes_nothing_from_the_other(inverted):
    heard = decoded(VOICE, np.float32(inverted) * VOICE)

    assert abs(alike(heard, VOICE)) > 0.999
    assert level(heard) > level(VOICE) - 4


@pytest.mark.parametrize("codec", [("libmp3lame", "mp3"), ("aac", "adts"), ("flac", "flac")])
def test_an_inverted_channel_is_told_in_any_format(codec):
    heard = decoded(VOICE, -VOICE, codec=codec[0], container=codec[1])

    assert level(heard) == pytest.approx(level(VOICE), abs=1)


def test_an_inverted_channel_with_an_offset_and_noise_of_its_own_is_told():
    noise = 0.01 * np.random.default_rng(3).standard_normal(VOICE.size).astype(np.float32)
    heard = decoded(VOICE + noise, 0.2 - VOICE)

    assert abs(alike(heard, VOICE)) > 0.99


def test_a_channel_that_is_inverted_in_parts_only_is_left_out():
    half = VOICE.copy()
    half[half.size // 2 :] *= -1
    heard = decoded(VOICE, np.float32(0.9) * half)

    assert abs(alike(heard, VOICE)) > 0.999


def test_of_a_voice_on_one_channel_of_two_nothing_is_lost():
    heard = decoded(np.zeros_like(VOICE), VOICE)

    assert level(heard) == pytest.approx(level(VOICE), abs=0.1)


def test_two_people_on_two_channels_are_both_kept():
    turns = np.zeros_like(VOICE)
    turns[: turns.size // 2] = 1
    heard = decoded(VOICE * turns, OTHER * (1 - turns))

    assert alike(heard, VOICE * turns + OTHER * (1 - turns)) > 0.999


def test_two_people_who_speak_at_once_are_both_kept():
    heard = decoded(tone(4, 440), tone(4, 1000))

    spectrum = np.abs(np.fft.rfft(heard))
    assert spectrum[440 * 4] == pytest.approx(spectrum[1000 * 4], rel=0.02)


def test_a_shift_of_a_quarter_does_not_silence_a_voice():
    cosine = np.cos(2 * np.pi * 440 * np.arange(4 * RATE) / RATE).astype(np.float32) / 2
    assert level(decoded(tone(4, 440), cosine)) == pytest.approx(level(tone(4)) - 3, abs=0.3)


def test_three_channels_of_six_that_add_up_to_nothing_do_not_silence_it():
    times = 2 * np.pi * 440 * np.arange(4 * RATE) / RATE
    thirds = [np.sin(times + third * 2 * np.pi / 3).astype(np.float32) / 2 for third in range(3)]
    heard = decoded(*thirds, *thirds)

    assert dominant(heard) == pytest.approx(440, abs=0.5)
    assert level(heard) > level(tone(4)) - 6


@pytest.mark.parametrize("centre", [1.0, 0.0])
def test_six_channels_with_inverted_ones_among_them_keep_the_voice(centre):
    centre = np.float32(centre)
    heard = decoded(VOICE, -VOICE, centre * VOICE, 0 * VOICE, 0.5 * VOICE, -0.5 * VOICE)

    assert abs(alike(heard, VOICE)) > 0.999
    assert level(heard) > level(VOICE) - 5


def test_channels_that_are_silent_stay_so():
    assert not decoded(0 * VOICE, 0 * VOICE).any()


def test_one_recording_is_mixed_the_same_way_from_beginning_to_end():
    long = np.tile(VOICE, 3)
    heard = decoded(long, np.float32(-0.98) * long)

    third = heard.size // 3
    assert alike(heard[:third], heard[2 * third :]) > 0.999


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=6),
    st.integers(1, 7000),
)
def test_whatever_the_gains_of_its_channels_a_voice_is_not_lost(gains, size):
    planes = np.outer(np.asarray(gains, np.float32), VOICE[: 2 * RATE])
    survey = ChannelSurvey()
    for at in range(0, planes.shape[1], size):
        survey.add(planes[:, at : at + size], RATE)
    weights = survey.weights()[len(gains)]

    assert np.abs(weights).sum() == pytest.approx(1)
    loudest = max(abs(gain) for gain in gains)
    power = float(np.mean((weights @ planes) ** 2))
    assert power >= 0.04 * float(np.mean((np.float32(loudest) * VOICE[: 2 * RATE]) ** 2))
