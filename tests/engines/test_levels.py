"""A voice is the same however loud it was recorded, and whatever the recorder added."""

import io

import numpy as np
import pytest

from inference.audio.recording import read_recording
from inference.engines.espeak.cloning import Reference, measure
from inference.engines.espeak.conversion import converted
from inference.engines.espeak.shape import Shape
from tests.audio import files
from tests.engines import judge
from tests.engines.conftest import cloned, no_progress
from tests.engines.references import RATE, SPEAKERS, reference

each_speaker = pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)


def read(samples, codec="pcm_s16le"):
    return read_recording(io.BytesIO(files.make(codec, "wav", samples, RATE)), max_seconds=60)


def measured(samples, codec="pcm_s16le") -> Reference:
    return measure(read(samples, codec), RATE)


def assert_same(one: Reference, other: Reference, *, spectrum: float) -> None:
    assert one.pitch.median == pytest.approx(other.pitch.median, rel=0.01)
    assert one.syllables == pytest.approx(other.syllables, rel=0.02)
    shapes = [reference.spectrum - reference.spectrum.max() for reference in (one, other)]
    heard = shapes[1] > -45  # under it lies the noise of 16 bits
    assert np.abs(shapes[0] - shapes[1])[heard].max() < spectrum


def quiet(samples, decibels):
    return samples * np.float32(10 ** ((decibels - judge.level(samples)) / 20))


@each_speaker
@pytest.mark.parametrize("decibels", [-10, -46, -51, -56])
def test_the_same_recording_gives_the_same_voice_at_any_level(speaker, decibels):
    recording = reference(speaker)
    # Noise as far under the voice as rooms have it stays with it.
    assert_same(measured(quiet(recording, decibels)), measured(recording), spectrum=3)


@each_speaker
@pytest.mark.parametrize("offset", [0.1, -0.3])
def test_an_offset_changes_nothing(speaker, offset):
    recording = reference(speaker)
    assert_same(measured(recording + np.float32(offset)), measured(recording), spectrum=0.5)


def test_a_quiet_recording_with_an_offset_is_like_itself():
    recording = reference(SPEAKERS[2])
    given = quiet(recording, -46) + np.float32(0.1)
    assert_same(measured(given), measured(recording), spectrum=3)


@pytest.mark.parametrize("gain", [-1.0, -0.98])
def test_an_inverted_channel_changes_nothing(gain):
    recording = reference(SPEAKERS[2])
    given = np.stack([recording, np.float32(gain) * recording])
    assert_same(measured(given), measured(recording), spectrum=0.5)


def test_a_recording_of_eight_bits_and_a_clipped_one_keep_pitch_and_pace():
    recording = reference(SPEAKERS[1])
    plain = measured(recording)
    for given in (
        measured(recording, "pcm_u8"),
        measured(np.clip(4 * recording, -0.9, 0.9)),
    ):
        assert given.pitch.median == pytest.approx(plain.pitch.median, rel=0.02)
        assert given.syllables == pytest.approx(plain.syllables, rel=0.1)


def test_a_float_file_with_missing_numbers_and_far_over_full_scale_is_the_same_voice():
    recording = reference(SPEAKERS[1])
    broken = 30 * recording
    broken[::5000] = np.nan
    assert_same(measured(broken, "pcm_f32le"), measured(recording), spectrum=3)


def test_a_conversion_does_not_depend_on_the_level_of_what_is_converted():
    shape = Shape.from_prompt(cloned(SPEAKERS[2]))
    recording = reference(SPEAKERS[1], 4.0)
    loud, soft = (
        converted(read(given), RATE, shape, no_progress)
        for given in (recording, quiet(recording, -50) + np.float32(0.05))
    )
    assert judge.loudness(soft) == pytest.approx(judge.loudness(loud), abs=1)
    assert judge.median_pitch(soft) == pytest.approx(judge.median_pitch(loud), rel=0.02)
    assert judge.distance(soft, loud) < 2


@pytest.mark.parametrize("value", [0.0, 0.3, 1e-40, -1e-5])
def test_silence_is_not_made_louder(value):
    samples = read(np.full(2 * RATE, value, np.float32), "pcm_f32le")
    assert np.abs(samples).max() <= 1e-4
