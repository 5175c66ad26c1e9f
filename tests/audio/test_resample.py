import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.resample import Resampler, resample

from .signals import dominant, level, tone

RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 44_099, 48_000])


@settings(max_examples=60, deadline=None)
@given(RATES, RATES, st.integers(0, 5_000), st.integers(1, 3_000))
def test_the_length_is_exact_whole_or_in_steps(source, target, size, step):
    sound = tone(1, rate=source)[:size]
    resampler = Resampler(source, target)
    parts = [resampler.push(sound[at : at + step]) for at in range(0, sound.size, step)]
    stepped = np.concatenate([*parts, resampler.finish()])

    whole = resample(sound, source, target)
    assert whole.size == stepped.size == int(sound.size * target / source + 0.5)
    assert whole.dtype == np.float32
    # FFmpeg rounds a rare sample of unusual rates by how the sound was cut.
    assert np.allclose(whole, stepped, rtol=0, atol=1e-6)


@pytest.mark.parametrize("source", [8_000, 16_000, 44_100, 48_000])
def test_a_tone_is_the_same_tone_at_the_same_time(source):
    resampled = resample(tone(1, rate=source), source, 24_000)

    assert dominant(resampled) == pytest.approx(440, abs=0.1)
    assert level(resampled[200:-200] - tone(1)[200:-200]) < -90


@pytest.mark.parametrize("source", [44_100, 48_000])
@pytest.mark.parametrize("frequency", [12_300, 15_000, 20_000])
def test_what_the_new_rate_cannot_hold_is_gone_and_not_folded_down(source, frequency):
    resampled = resample(tone(1, frequency, rate=source), source, 24_000)

    assert level(resampled[500:-500]) < level(tone(1)) - 80


def test_the_highest_frequencies_of_speech_pass():
    resampled = resample(tone(1, 10_800, rate=44_100), 44_100, 24_000)

    assert level(resampled[500:-500]) == pytest.approx(level(tone(1)), abs=0.1)


def test_the_same_rate_changes_nothing():
    sound = tone(0.1)

    assert np.array_equal(resample(sound, 24_000, 24_000), sound)


@pytest.mark.parametrize("rates", [(0, 24_000), (24_000, 0), (-1, 24_000)])
def test_a_rate_must_be_positive(rates):
    with pytest.raises(ValueError, match="positive"):
        resample(tone(0.1), *rates)
