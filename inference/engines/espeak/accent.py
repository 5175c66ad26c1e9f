"""The same voice in another language or mood: hold its median pitch.

A shape is fitted on English at rest. espeak's other languages, Chinese and Hindi above all,
lie up to a fifth lower or higher, and a wider pitch range moves the middle too; so the
opening of such a text is spoken once for its pitch alone.
"""

from dataclasses import replace

import numpy as np

from inference.engines.base import Samples
from inference.engines.espeak.pitch import track_pitch
from inference.engines.espeak.shape import Shape
from inference.engines.espeak.shaping import moved

_SURE_SECONDS = 0.8  # of voice, from which a measurement is believed in full
_MOST_OCTAVES = 0.5  # beyond this it is no accent but a mistake
_STEPS = 55  # of espeak's pitch in an octave, about


def retuned(shape: Shape, plain: Samples) -> Shape:
    """Return ``shape`` with the pitch that brings espeak's ``plain`` speech to its median."""
    if not plain.size:
        return shape
    track = track_pitch(moved(plain, shape.source_rate))
    if not track.median:
        return shape
    octaves = float(np.log2(shape.median_hz / track.median))
    if abs(octaves) > _MOST_OCTAVES:
        return shape
    sure = min(1.0, track.voiced_seconds / _SURE_SECONDS)
    pitch = round(shape.pitch + _STEPS * octaves * sure)
    return replace(shape, pitch=min(99, max(0, pitch)))
