"""Make espeak's speech sound as a shape says: formants and spectrum."""

from functools import lru_cache

import numpy as np

from inference.audio.resample import resample
from inference.engines.base import OUTPUT_RATE, Samples
from inference.engines.espeak.process import NATIVE_RATE, Utterance, speak
from inference.engines.espeak.shape import Shape
from inference.engines.espeak.spectrum import Floats, apply_filter, design_filter

_SLOWEST, _FASTEST = 80, 450  # words a minute that espeak accepts


def utterance_of(shape: Shape, text: str, language: str, *, seed: int = 0) -> Utterance:
    """Return what espeak has to say so that :func:`shaped` makes the voice of it.

    Formants are moved by playing espeak at another speed, so espeak speaks that much
    slower or faster.
    """
    rate = round(shape.rate * NATIVE_RATE / shape.source_rate)
    return Utterance(
        text=text,
        voice=f"{language}+{shape.variant}" if shape.variant else language,
        rate=min(_FASTEST, max(_SLOWEST, rate)),
        pitch=shape.pitch,
        spread=shape.spread,
        seed=seed,
    )


def moved(samples: Samples, source_rate: int) -> Samples:
    """Play espeak's ``samples`` at ``source_rate`` Hz: returns them at 24 kHz."""
    return resample(samples, source_rate, OUTPUT_RATE)


def shaped(samples: Samples, shape: Shape) -> Samples:
    """Turn espeak's ``samples`` into the voice of ``shape``, at 24 kHz."""
    return apply_filter(moved(samples, shape.source_rate), _response(shape.gains))


def say(shape: Shape, text: str, language: str = "en-us") -> Samples:
    """Speak ``text`` in the voice of ``shape``, at 24 kHz."""
    return shaped(speak(utterance_of(shape, text, language)), shape)


@lru_cache(maxsize=256)
def _response(gains: tuple[float, ...]) -> Floats:
    return design_filter(np.asarray(gains))
