"""The 37 voices that come with the engine differ to the ear, and say so in samples."""

import itertools
import re

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE
from inference.engines.espeak.calibrate import calibrated
from inference.engines.espeak.shape import ENGINE, VERSION, Shape
from inference.engines.espeak.system_voices import SYSTEM_VOICES, sample_text, system_prompt
from tests.engines import judge
from tests.engines.conftest import spoken


@pytest.fixture(scope="module")
def samples(engine):
    return {
        voice.name: spoken(engine, sample_text(voice.name), system_prompt(voice.name))
        for voice in SYSTEM_VOICES
    }


@pytest.fixture(scope="module")
def pitches(samples):
    return {name: judge.median_pitch(audio) for name, audio in samples.items()}


def test_there_are_21_men_and_16_women_with_names_of_their_own():
    assert [voice.gender for voice in SYSTEM_VOICES].count("male") == 21
    assert [voice.gender for voice in SYSTEM_VOICES].count("female") == 16
    assert len({voice.name for voice in SYSTEM_VOICES}) == 37
    assert all(voice.description.endswith(".") for voice in SYSTEM_VOICES)


def test_ids_are_eight_hexadecimal_digits_and_stable():
    ids = {voice.name: voice.voice_id for voice in SYSTEM_VOICES}
    assert all(re.fullmatch(r"[0-9a-f]{8}", each) for each in ids.values())
    assert len(set(ids.values())) == 37
    assert (ids["Aaron"], ids["Amy"], ids["Benjamin"]) == ("1fc6c6ab", "a563a2ba", "b2422835")
    assert (ids["Adam"], ids["Christine"]) == ("3f0c9b03", "9e375b43")


def test_each_pair_differs_by_6_percent_in_pitch_or_2_db_in_spectrum(samples, pitches):
    spectra = {name: judge.spectrum(audio) for name, audio in samples.items()}
    alike = [
        (one, other)
        for one, other in itertools.combinations(samples, 2)
        if abs(np.log(pitches[one] / pitches[other])) < np.log(1.06)
        and np.sqrt(np.mean((spectra[one] - spectra[other]) ** 2)) < 2.0
    ]
    assert alike == []


def test_each_voice_speaks_at_the_pitch_of_its_design_and_gender(pitches):
    for voice in SYSTEM_VOICES:
        assert pitches[voice.name] == pytest.approx(voice.hertz, rel=0.05), voice.name
        low, high = (80, 166) if voice.gender == "male" else (164, 266)
        assert low <= pitches[voice.name] <= high, voice.name


def test_each_sample_lasts_15_to_30_seconds(samples):
    for name, audio in samples.items():
        assert 15 <= audio.size / OUTPUT_RATE <= 30, name


def test_prompts_are_stored_and_always_the_same():
    for voice in SYSTEM_VOICES:
        prompt = system_prompt(voice.name)
        assert (prompt.engine, prompt.version) == (ENGINE, VERSION)
        assert prompt == system_prompt(voice.name)


def test_the_stored_numbers_are_those_that_calibration_finds():
    for voice in SYSTEM_VOICES[::12]:
        stored, found = Shape.from_prompt(system_prompt(voice.name)), calibrated(voice)
        assert found.pitch == pytest.approx(stored.pitch, abs=1)
        assert found.source_rate == stored.source_rate
        assert found.gains == pytest.approx(stored.gains, abs=0.3)


def test_an_unknown_voice_is_a_key_error():
    with pytest.raises(KeyError):
        system_prompt("Nobody")
    with pytest.raises(KeyError):
        sample_text("Nobody")
