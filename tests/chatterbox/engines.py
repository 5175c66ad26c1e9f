"""Whole engines on tiny models, and what is said to them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from inference.engines.base import (
    OUTPUT_RATE,
    AudioChunk,
    Engine,
    Samples,
    SynthesisParams,
    VoicePrompt,
)
from inference.engines.chatterbox import ChatterboxEngine
from inference.engines.chatterbox.settings import Settings
from tests.chatterbox.tiny import tiny_architecture

LONG = (
    "The first sentence is spoken before the others. Then comes the second one, of course. "
    "A third sentence follows, and then there is no more to be said about it."
)
SHORT = "Just a few words."


@contextmanager
def engine_for(
    folder_of: Callable[[str], Path], name: str = "english", **changes: Any
) -> Iterator[ChatterboxEngine]:
    """Make an engine on a family's tiny checkpoint."""
    settings = {"slots": 4, "hops": "first", "trace": True} | changes
    model: Any = name.partition("-")[0]
    with tiny_architecture():
        engine = ChatterboxEngine(
            Settings(checkpoint=folder_of(name), model=model, device="cpu", **settings)
        )
    try:
        yield engine
    finally:
        engine.close()


def speech(seconds: float = 7.0, rate: int = OUTPUT_RATE, seed: int = 0) -> Samples:
    """Return noise bursts on a buzz: nothing anyone says, but sound with pauses."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    buzz = np.sign(np.sin(2 * np.pi * (110 + 20 * seed) * time)) * 0.2
    return ((buzz + random.normal(0, 0.03, time.size)) * (np.sin(7 * time) > -0.6)).astype(
        np.float32
    )


def nothing() -> None:
    """No one watches the progress."""


def say(
    engine: Engine, prompt: VoicePrompt, text: str = LONG, *, seed: int = 3, **changes: Any
) -> list[AudioChunk]:
    params = SynthesisParams(seed=seed, **changes)
    return list(engine.synthesize(text, prompt, params, progress=nothing))


def joined(chunks: Iterable[AudioChunk]) -> Samples:
    return np.concatenate([np.zeros(0, np.float32), *(chunk.samples for chunk in chunks)])
