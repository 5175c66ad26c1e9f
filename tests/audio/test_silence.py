"""What is silent is known before anybody pays for it."""

import io

import numpy as np
import pytest

from inference.audio.decode import LISTENED_SECONDS, probe
from inference.audio.errors import AudioError
from inference.audio.limits import check_voice

from . import files
from .signals import RATE, speechlike, tone
from .test_decode import KINDS


def probed(samples, codec="pcm_s16le", container="wav", rate=RATE):
    return probe(io.BytesIO(files.make(codec, container, samples, rate)))


@pytest.mark.parametrize("kind", KINDS)
def test_silence_is_told_from_sound_in_any_format(kind):
    codec, container, rate, *_ = KINDS[kind]

    assert probed(np.zeros(2 * rate), codec, container, rate).silent
    assert not probed(tone(2, rate=rate), codec, container, rate).silent


@pytest.mark.parametrize("offset", [0.1, -0.5, 0.9])
def test_silence_with_an_offset_is_silence(offset):
    assert probed(np.full(2 * RATE, offset)).silent


def test_the_noise_of_rounding_is_silence_and_a_quiet_voice_is_not():
    dither = np.random.default_rng(1).integers(-1, 2, 2 * RATE) / 32_768

    assert probed(dither).silent
    assert not probed(np.float32(10 ** (-56 / 20)) * speechlike(2)).silent


def test_a_voice_after_a_long_silence_counts():
    assert not probed(np.concatenate([np.zeros(100 * RATE), tone(1)])).silent


def test_a_voice_that_comes_when_nobody_listens_any_more_is_none():
    late = np.concatenate([np.zeros(round((LISTENED_SECONDS + 1) * 8_000)), tone(1, rate=8_000)])
    assert probed(late, rate=8_000).silent


def test_missing_numbers_are_no_silence_of_their_own():
    samples = tone(2)
    samples[::100] = np.nan
    assert not probed(samples, "pcm_f32le").silent


def test_a_silent_recording_is_no_voice():
    with pytest.raises(AudioError) as caught:
        check_voice(probed(np.zeros(2 * RATE)))
    assert caught.value.code == "SILENT"
    check_voice(probed(tone(2)))
    check_voice(probed(tone(200, rate=8_000), rate=8_000))
    with pytest.raises(AudioError):
        check_voice(probed(tone(0.5)))
