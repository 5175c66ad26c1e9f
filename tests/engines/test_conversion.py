"""Conversion moves pitch and spectrum to the voice and keeps the time."""

import io
import time
import tracemalloc

import numpy as np
import pytest

from inference.audio.decode import decode
from inference.audio.encode import encode
from inference.audio.resample import resample
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


LOW, MAN, WOMAN, CHILD, OTHER = SPEAKERS


@pytest.mark.parametrize(
    ("source", "target"), [(LOW, WOMAN), (WOMAN, LOW), (WOMAN, CHILD), (OTHER, MAN)]
)
@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_conversion_takes_files_as_they_come(engine, source, target, rate, form):
    audio = recording(source)[: {"mp3": 1, "wav": 3}[form] * OUTPUT_RATE]
    file = io.BytesIO(encode([resample(audio, OUTPUT_RATE, rate)], form, rate))
    # Half of these by way of the decoder's rate, as a worker does, half at the file's own.
    taken = OUTPUT_RATE if form == "mp3" else rate
    out = converted(engine, decode(file, rate=taken, max_seconds=60), taken, cloned(target))

    file.seek(0)
    given, wanted = decode(file, max_seconds=60), recording(target)
    assert judge.median_pitch(out) == pytest.approx(judge.median_pitch(wanted), rel=0.1)
    assert judge.distance(out, wanted) <= 0.6 * judge.distance(given, wanted)
    assert out.size == pytest.approx(audio.size, rel=0.02)


def test_five_minutes_are_converted_in_bounded_memory_with_regular_progress(engine, woman):
    audio = np.tile(recording(MAN), 30)
    times = [time.process_time()]
    tracemalloc.start()
    try:
        seconds = 0.0
        for chunk in engine.convert(
            audio, OUTPUT_RATE, woman, progress=lambda: times.append(time.process_time())
        ):
            seconds += chunk.samples.size / OUTPUT_RATE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seconds == pytest.approx(300, rel=0.02)
    assert len(times) > 60
    assert np.max(np.diff(times)) < 0.25 * (times[-1] - times[0])
    assert peak < 9 * audio.nbytes


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
