"""Conversion moves pitch and spectrum to the voice and keeps the time."""

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE, EngineError
from tests.engines import judge
from tests.engines.conftest import cloned, no_progress, recording
from tests.engines.references import SPEAKERS

PAIRS = [(source, target) for source in SPEAKERS for target in SPEAKERS if source is not target]


def converted(engine, audio, rate, prompt):
    chunks = engine.convert(audio, rate, prompt, progress=no_progress)
    return np.concatenate([chunk.samples for chunk in chunks])


@pytest.mark.parametrize(
    ("source", "target"), PAIRS, ids=[f"{a.hertz} to {b.hertz}" for a, b in PAIRS]
)
def test_conversion_reaches_the_pitch_and_spectrum_of_the_voice_in_the_same_time(
    engine, source, target
):
    audio, wanted = recording(source)[: 6 * OUTPUT_RATE], recording(target)
    out = converted(engine, audio, OUTPUT_RATE, cloned(target))
    assert judge.median_pitch(out) == pytest.approx(judge.median_pitch(wanted), rel=0.1)
    assert judge.distance(out, wanted) <= 0.6 * judge.distance(audio, wanted)
    assert out.size == pytest.approx(audio.size, rel=0.02)
    assert np.abs(out).max() <= 1.0


def test_conversion_takes_any_sample_rate(engine, woman):
    from scipy import signal

    audio = signal.resample(recording(SPEAKERS[1])[:96_000], 176_400).astype(np.float32)
    out = converted(engine, audio, 44_100, woman)
    assert out.size == pytest.approx(96_000, rel=0.02)


def test_long_recordings_come_in_several_chunks(engine, woman):
    audio = np.tile(recording(SPEAKERS[1]), 3)
    chunks = list(engine.convert(audio, OUTPUT_RATE, woman, progress=no_progress))
    assert [chunk.piece for chunk in chunks] == [0, 1, 2]
    assert {chunk.text_bytes for chunk in chunks} == {0}


@pytest.mark.parametrize(
    "audio", [np.zeros(0, np.float32), np.zeros(48_000, np.float32), np.full(9, np.nan, np.float32)]
)
def test_a_recording_without_a_voice_is_no_speech(engine, woman, audio):
    with pytest.raises(EngineError) as refused:
        list(engine.convert(audio, OUTPUT_RATE, woman, progress=no_progress))
    assert refused.value.code == "NO_SPEECH"
