from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.audio.join import Joiner
from inference.audio.loudness import active_level, peak

from .signals import RATE, speechlike, tone

PAUSE = round(0.12 * RATE)


def joined(*pieces, **options):
    joiner = Joiner(RATE, **options)
    return [joiner.push(piece) for piece in pieces]


def bends(samples):
    return np.abs(np.diff(samples.astype(np.float64), 2))


def loudness_steps(outs):
    levels = [active_level(out, RATE) for out in outs]
    return [abs(later - earlier) for earlier, later in pairwise(levels)]


# Each begins and ends in mid-wave, as an engine's pieces may.
PIECES = [
    speechlike(1.3, 0.5, 1)[777:],
    speechlike(0.9, 0.1, 2)[1234:],
    tone(0.7, 180, 0.9)[33:-21],
    speechlike(2, 0.95, 3)[999:-500],
    tone(0.4, 300, 0.3)[10:-7],
]


def test_a_join_bends_the_wave_no_more_than_speech_does():
    outs = joined(*PIECES)
    whole = np.concatenate(outs)
    usual = np.percentile(np.concatenate([bends(piece) for piece in PIECES]), 99.9)

    at = 0
    for out in outs[:-1]:
        at += out.size
        join = whole[at - 300 : at + PAUSE + 300]
        assert bends(join).max() <= 3 * usual
        assert whole[at - 1] == pytest.approx(0, abs=1e-3)
        assert whole[at + PAUSE] == pytest.approx(0, abs=1e-3)


def test_the_check_would_hear_a_raw_join():
    raw = np.concatenate([tone(0.7, 180, 0.9)[33:-21], np.zeros(PAUSE), tone(0.4, 300, 0.3)[10:]])
    usual = np.percentile(bends(tone(0.7, 180, 0.9)), 99.9)

    assert bends(raw).max() > 3 * usual


def test_neighbouring_pieces_are_equally_loud():
    outs = joined(*PIECES)

    assert max(loudness_steps(outs)) < 1
    assert max(loudness_steps(PIECES)) > 10


def test_pieces_with_sharp_peaks_are_equally_loud_and_do_not_clip():
    spiky = speechlike(2, 0.12, 4)
    spiky[:: RATE // 4] = 0.9
    outs = joined(speechlike(2, 0.9, 5), spiky, speechlike(2, 0.9, 6))

    assert max(loudness_steps(outs)) < 1
    assert max(peak(out) for out in outs) <= 10 ** (-1 / 20) + 1e-6


@pytest.mark.parametrize("first", [0.02, 0.3, 0.99])
def test_a_first_piece_of_any_level_sets_one_that_the_others_can_reach(first):
    rough = np.random.default_rng(1).standard_normal(RATE).astype(np.float32)
    outs = joined(speechlike(1, first), 0.05 * rough, speechlike(1, 0.5, 9), 0.2 * rough)

    assert max(loudness_steps(outs)) < 1
    assert active_level(outs[0], RATE) == pytest.approx(
        min(-16, active_level(speechlike(1, first), RATE)), abs=0.1
    )


def test_a_level_fixed_beforehand_holds_for_the_first_piece_too():
    outs = joined(*PIECES[:3], level=-24.0)

    assert [active_level(out, RATE) for out in outs] == pytest.approx([-24] * 3, abs=1)


def test_the_first_piece_leaves_before_the_second_exists():
    joiner = Joiner(RATE)
    first = joiner.push(PIECES[0])
    second = joiner.push(PIECES[1])

    assert first.size == PIECES[0].size
    assert second.size == PAUSE + PIECES[1].size
    assert not second[:PAUSE].any()


def test_the_pause_is_as_long_as_asked():
    outs = joined(tone(0.5), tone(0.5), pause=0.5)

    assert outs[1].size == RATE


def test_silence_and_nothing_pass_through_without_a_level_or_a_pause_too_many():
    nothing, silence = np.zeros(0, np.float32), np.zeros(RATE, np.float32)
    outs = joined(nothing, silence, nothing, PIECES[0], silence, PIECES[1])

    assert [out.size for out in outs[:3]] == [0, RATE, 0]
    assert not outs[1].any()
    assert max(loudness_steps([outs[3], outs[5]])) < 1


def test_a_breath_is_not_blown_up_into_a_shout():
    outs = joined(PIECES[0], speechlike(1, 0.002, 8))

    assert peak(outs[1]) < 0.002 * 10.1


def test_the_piece_that_was_pushed_is_not_changed():
    piece = PIECES[0].copy()
    joined(piece, piece)

    assert np.array_equal(piece, PIECES[0])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3_000), st.floats(0, 2)), max_size=6), st.integers(0, 99))
def test_any_pieces_join_to_their_length_and_the_pauses_within_full_scale(shapes, seed):
    rng = np.random.default_rng(seed)
    pieces = [(a * rng.uniform(-1, 1, n)).astype(np.float32) for n, a in shapes]

    outs = joined(*pieces)
    sounding = [piece for piece in pieces if piece.size]
    expected = sum(piece.size for piece in pieces) + PAUSE * max(0, len(sounding) - 1)
    assert sum(out.size for out in outs) == expected
    assert all(peak(out) <= 1 and out.dtype == np.float32 for out in outs)
