import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.tempo import TempoChanger, change_tempo

from .signals import RATE, dominant, level, speechlike, tone

FACTORS = [0.25, 0.4, 0.5, 0.75, 0.9, 1, 1.1, 1.5, 2, 3, 4]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("frequency", [110, 440])
def test_the_tempo_changes_and_the_pitch_does_not(factor, frequency):
    changed = change_tempo(tone(2, frequency), RATE, factor)

    assert changed.size == pytest.approx(2 * RATE / factor, rel=0.02)
    assert dominant(changed) == pytest.approx(frequency, rel=0.01)
    assert level(changed) == pytest.approx(level(tone(2, frequency)), abs=0.5)
    assert changed.dtype == np.float32


@pytest.mark.parametrize("factor", FACTORS)
def test_nothing_is_lost_at_the_end(factor):
    burst = np.concatenate([np.zeros(RATE, np.float32), tone(0.1)])

    changed = change_tempo(burst, RATE, factor)
    assert level(changed[-int(0.1 * RATE / factor) :]) > level(tone(0.1)) - 3
    assert level(changed[: int(0.9 * RATE / factor)]) < -40


@settings(max_examples=30, deadline=None)
@given(st.floats(0.25, 4), st.integers(0, 3_000), st.integers(1, 2_000))
def test_the_length_is_exact_whole_or_in_steps(factor, size, step):
    sound = speechlike(0.2)[:size]
    changer = TempoChanger(RATE, factor)
    parts = [changer.push(sound[at : at + step]) for at in range(0, sound.size, step)]
    stepped = np.concatenate([*parts, changer.finish()])

    whole = change_tempo(sound, RATE, factor)
    assert whole.size == stepped.size == pytest.approx(sound.size / factor, abs=0.51)
    # Not always the same samples: where two overlaps fit equally well, the steps decide.
    assert np.sum(np.square(stepped)) == pytest.approx(np.sum(np.square(whole)), rel=0.2, abs=1)


def test_a_tempo_of_one_changes_nothing():
    assert np.array_equal(change_tempo(tone(0.2), RATE, 1), tone(0.2))


@pytest.mark.parametrize("factor", [0, 0.249, 4.001, -1, float("nan"), float("inf")])
def test_a_factor_out_of_range_is_refused(factor):
    with pytest.raises(ValueError, match="tempo factor"):
        change_tempo(tone(0.1), RATE, factor)
