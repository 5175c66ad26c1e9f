"""Someone else's speech in the voice of a shape: its pitch and its long-term spectrum."""

import numpy as np

from inference.audio.join import Joiner
from inference.audio.resample import resample
from inference.engines.base import OUTPUT_RATE, EngineError, Progress, Samples
from inference.engines.espeak.bandwidth import widened
from inference.engines.espeak.cloning import LEVEL
from inference.engines.espeak.overlap import shift_pitch
from inference.engines.espeak.pitch import track_pitch
from inference.engines.espeak.shape import Shape
from inference.engines.espeak.spectrum import (
    apply_filter,
    band_centres,
    design_filter,
    long_term_spectrum,
)

_MIN_VOICED_SECONDS = 0.1
_MOST_OCTAVES = 2.0
_MAX_GAIN_DB = 24.0
_ROUNDS = 2
_LOWEST_PARTIAL = 0.8  # of the median pitch: as low as a voice often goes


def converted(audio: Samples, rate: int, shape: Shape, progress: Progress) -> Samples:
    """Return ``audio`` at 24 kHz with the shape's median pitch and spectrum, as long as it was.

    Raises EngineError ``NO_SPEECH`` where there is no voice in it.
    """
    if audio.ndim != 1 or not audio.size or not np.all(np.isfinite(audio)):
        raise _no_voice()
    source = resample(audio.astype(np.float32), rate, OUTPUT_RATE)
    track = track_pitch(source)
    progress()
    if track.voiced_seconds < _MIN_VOICED_SECONDS:
        raise _no_voice()
    octaves = np.log2(shape.median_hz / track.median)
    ratio = float(2 ** np.clip(octaves, -_MOST_OCTAVES, _MOST_OCTAVES))
    shifted = widened(shift_pitch(source, track, ratio, progress))
    progress()
    target = np.asarray(shape.spectrum)
    gains = np.zeros(target.size)
    voice = shifted
    lowest = int(np.searchsorted(band_centres(), _LOWEST_PARTIAL * shape.median_hz))
    for _ in range(_ROUNDS):
        missing = target - long_term_spectrum(voice)
        progress()
        gains = np.clip(gains + missing - np.median(missing), -_MAX_GAIN_DB, _MAX_GAIN_DB)
        # Under the voice lies only noise, which a gain would raise into a lower pitch.
        gains[:lowest] = np.minimum(gains[:lowest], gains[lowest])
        voice = apply_filter(shifted, design_filter(gains))[: shifted.size]
        progress()
    return Joiner(OUTPUT_RATE, level=LEVEL).push(voice)


def _no_voice() -> EngineError:
    return EngineError("NO_SPEECH", "The recording holds no voice.", retryable=False)
