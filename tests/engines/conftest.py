from functools import lru_cache

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE, Samples, SynthesisParams, VoicePrompt
from inference.engines.espeak import EspeakEngine
from inference.engines.espeak.process import NATIVE_RATE, Utterance, speak
from inference.engines.espeak.shaping import moved
from tests.engines.references import SPEAKERS, Speaker, reference


def no_progress():
    """Nobody waits."""


def spoken(engine, text, prompt, **params) -> Samples:
    """All the audio of one request."""
    params.setdefault("seed", 1)
    chunks = engine.synthesize(text, prompt, SynthesisParams(**params), progress=no_progress)
    return np.concatenate([chunk.samples for chunk in chunks])


@lru_cache(maxsize=16)
def recording(speaker: Speaker) -> Samples:
    return reference(speaker)


@lru_cache(maxsize=16)
def cloned(speaker: Speaker) -> VoicePrompt:
    return EspeakEngine().clone(recording(speaker), OUTPUT_RATE, progress=no_progress)


@lru_cache(maxsize=4)
def unshaped(text: str) -> Samples:
    """What espeak says by itself, in its neutral voice, at 24 kHz."""
    return moved(speak(Utterance(text, "en-us")), NATIVE_RATE)


@pytest.fixture(scope="session")
def engine():
    return EspeakEngine()


@pytest.fixture(scope="session")
def woman():
    return cloned(SPEAKERS[2])
