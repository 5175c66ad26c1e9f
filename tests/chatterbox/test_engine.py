"""The engine as the service uses it, on a tiny English model."""

from collections.abc import Iterator

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE, SynthesisParams, VoicePrompt
from inference.engines.chatterbox import ChatterboxEngine
from inference.engines.chatterbox.settings import Settings
from tests.chatterbox.tiny import tiny_architecture

LONG = (
    "The first sentence is spoken before the others. Then comes the second one, of course. "
    "A third sentence follows, and then there is no more to be said about it."
)


def speech(seconds: float = 7.0, rate: int = OUTPUT_RATE, seed: int = 0) -> np.ndarray:
    """Return noise bursts on a buzz: nothing anyone says, but sound with pauses."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    buzz = np.sign(np.sin(2 * np.pi * (110 + 20 * seed) * time)) * 0.2
    return ((buzz + random.normal(0, 0.03, time.size)) * (np.sin(7 * time) > -0.6)).astype(
        np.float32
    )


def nothing() -> None:
    """No one watches the progress."""


@pytest.fixture(scope="module")
def engine(folder_of) -> Iterator[ChatterboxEngine]:
    with tiny_architecture():
        made = ChatterboxEngine(
            Settings(
                checkpoint=folder_of("english"), device="cpu", slots=4, hops="first", trace=True
            )
        )
    yield made
    made.close()


@pytest.fixture(scope="module")
def prompt(engine) -> VoicePrompt:
    return engine.clone(speech(), OUTPUT_RATE, progress=nothing)


def say(engine, prompt, text=LONG, *, seed=3, **changes):
    params = SynthesisParams(seed=seed, **changes)
    return list(engine.synthesize(text, prompt, params, progress=nothing))


def test_it_clones_speaks_and_marks_what_it_says(engine, prompt):
    chunks = say(engine, prompt)
    audio = np.concatenate([chunk.samples for chunk in chunks])
    assert audio.dtype == np.float32
    assert audio.size > OUTPUT_RATE
    assert np.all(np.abs(audio) <= 1)
    assert sum(chunk.text_bytes for chunk in chunks) == len(LONG.encode())
    assert [chunk.piece for chunk in chunks] == sorted(chunk.piece for chunk in chunks)
    assert engine.detects_watermark(audio, OUTPUT_RATE)
    assert len(prompt.payload) < 100_000


def test_the_same_seed_gives_the_same_audio_and_another_seed_another(engine, prompt):
    first, again, other = (
        np.concatenate([chunk.samples for chunk in say(engine, prompt, seed=seed)])
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert first.size != other.size or not np.array_equal(first, other)
