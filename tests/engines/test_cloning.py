"""A cloned voice has the reference's pitch and timbre, on sentences it was not fitted on."""

from dataclasses import replace

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE, EngineError
from inference.engines.espeak.shape import Shape
from tests.engines import judge
from tests.engines.conftest import cloned, no_progress, recording, spoken, unshaped
from tests.engines.references import SPEAKERS

HELD_OUT = (
    "Rice is often served in round bowls. The juice of lemons makes fine punch. "
    "The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage. "
    "Four hours of steady work faced us. A large size in stockings is hard to sell."
)

each_speaker = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)


@each_speaker
def test_the_judge_hears_the_pitch_that_a_reference_was_made_with(speaker):
    assert judge.median_pitch(recording(speaker)) == pytest.approx(speaker.hertz, rel=0.05)


@each_speaker
def test_the_voice_speaks_at_the_median_pitch_of_its_reference(engine, speaker):
    audio = spoken(engine, HELD_OUT, cloned(speaker))
    allowed = 0.08 if speaker.hertz < 100 else 0.05
    wanted = judge.median_pitch(recording(speaker))
    assert judge.median_pitch(audio) == pytest.approx(wanted, rel=allowed)


@each_speaker
def test_the_voice_is_much_nearer_to_its_reference_in_spectrum_than_plain_espeak(engine, speaker):
    audio = spoken(engine, HELD_OUT, cloned(speaker))
    plain = judge.distance(unshaped(HELD_OUT), recording(speaker))
    assert judge.distance(audio, recording(speaker)) <= 0.6 * plain


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
@pytest.mark.parametrize("exaggeration", [0.0, 1.0])
def test_seed_and_exaggeration_leave_the_median_pitch_where_it_is(
    engine, woman, seed, exaggeration
):
    audio = spoken(engine, HELD_OUT, woman, seed=seed, exaggeration=exaggeration)
    wanted = judge.median_pitch(recording(SPEAKERS[2]))
    assert judge.median_pitch(audio) == pytest.approx(wanted, rel=0.05)


def octaves(audio):
    """From the 10th to the 90th percentile of the pitch."""
    low, high = np.percentile(judge.pitch(audio), [10, 90])
    return np.log2(high / low)


def test_exaggeration_widens_the_range_of_pitch(engine, woman):
    calm, lively = (octaves(spoken(engine, HELD_OUT, woman, exaggeration=e)) for e in (0.0, 1.0))
    assert lively > 1.2 * calm


def test_the_voice_keeps_its_pitch_in_other_languages(engine, woman):
    texts = {
        "cmn": "你好，今天天气很好。我们一起去公园散步吧。你想喝茶还是咖啡？",  # noqa: RUF001 - Chinese
        "hi": "नमस्ते, आज मौसम बहुत अच्छा है। चलो हम बाहर घूमने चलते हैं।",
        "de": "Guten Tag, wie geht es Ihnen heute? Das Wetter ist wirklich schön geworden.",
        "vi": "Xin chào, hôm nay trời đẹp quá. Chúng ta cùng đi chơi công viên nhé.",
    }
    wanted = judge.median_pitch(recording(SPEAKERS[2]))
    for language, text in texts.items():
        heard = judge.median_pitch(spoken(engine, text, woman, language=language))
        assert heard == pytest.approx(wanted, rel=0.1), language


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_a_reference_of_any_sample_rate_gives_the_same_pitch(engine, rate):
    from scipy import signal

    audio = recording(SPEAKERS[1])
    other = signal.resample(audio, round(audio.size * rate / OUTPUT_RATE)).astype(np.float32)
    shape = Shape.from_prompt(engine.clone(other, rate, progress=no_progress))
    assert shape.median_hz == pytest.approx(judge.median_pitch(audio), rel=0.02)


def test_a_slow_speaker_gets_a_slower_voice_than_a_fast_one(engine):
    sizes = []
    for syllable in (0.28, 0.15):
        speaker = replace(SPEAKERS[1], syllable=syllable)
        sizes.append(spoken(engine, HELD_OUT, cloned(speaker)).size)
    slow, fast = sizes
    assert slow > 1.1 * fast


def test_cloning_the_same_recording_twice_gives_the_same_prompt(engine):
    audio = recording(SPEAKERS[2])[: 4 * OUTPUT_RATE]
    first, second = (engine.clone(audio, OUTPUT_RATE, progress=no_progress) for _ in range(2))
    assert first == second


def test_cloning_reports_progress_and_stops_when_progress_raises(engine):
    calls = []

    def stop():
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.clone(recording(SPEAKERS[1]), OUTPUT_RATE, progress=stop)


def noise(level):
    return (level * np.random.default_rng(3).standard_normal(72_000)).astype(np.float32)


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros(72_000, np.float32),
        np.zeros(0, np.float32),
        np.zeros(10, np.float32),
        noise(0.1),
        noise(1e-5),
        np.sin(2 * np.pi * 200 * np.arange(72_000) / 24_000).astype(np.float32),
        np.full(72_000, 0.5, np.float32),
        np.full(72_000, np.nan, np.float32),
        np.zeros((2, 72_000), np.float32),
    ],
    ids=["silence", "nothing", "a blip", "noise", "hiss", "a tone", "offset", "nan", "stereo"],
)
def test_a_recording_without_a_voice_is_unusable(engine, audio):
    with pytest.raises(EngineError) as refused:
        engine.clone(audio, OUTPUT_RATE, progress=no_progress)
    assert refused.value.code == "REFERENCE_UNUSABLE"
    assert not refused.value.retryable
