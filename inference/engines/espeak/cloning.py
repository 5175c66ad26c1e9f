"""Find the shape that brings espeak's speech closest to a reference recording."""

from dataclasses import dataclass, replace

import numpy as np

from inference.audio.loudness import active_level
from inference.audio.resample import resample
from inference.audio.trim import trim_silence
from inference.engines.base import OUTPUT_RATE, EngineError, Progress, Samples
from inference.engines.espeak.pace import syllable_rate
from inference.engines.espeak.pitch import PitchTrack, track_pitch
from inference.engines.espeak.process import NATIVE_RATE, speak
from inference.engines.espeak.shape import Shape
from inference.engines.espeak.shaping import moved, say, utterance_of
from inference.engines.espeak.spectrum import (
    BANDS,
    UNHEARD_DB,
    Floats,
    band_centres,
    long_term_spectrum,
    smooth,
)

CALIBRATION = (
    "The boy was there when the sun rose, and a rod is used to catch pink salmon. "
    "The source of the huge river is the clear spring. Kick the ball straight, and follow "
    "through. Help the woman get back to her feet; a pot of tea helps to pass the evening."
)
"""Spoken while cloning; phonetically balanced (the Harvard sentences, IEEE, 1969)."""

LEVEL = -20.0
"""Level of the active speech of every voice in dBFS."""

NORMAL_RATE = 170  # words a minute
_RATES = (145.0, 200.0)
_VARIANTS = ((280.0, "belinda"), (160.0, "f4"), (0.0, ""))
"""espeak's variants from which pitch in Hz up: those without creak at that height."""
_CLOSE = 0.004  # relative error of the median pitch at which the loop stops
_ROUNDS = 5
_MIN_VOICED_SECONDS = 0.3
_MOST_SECONDS = 120  # of a recording; more tells nothing new of a voice
_STEADY_OCTAVES = 0.004  # a hum or a test tone moves less, a monotonous speaker 20 times more
_SCALES = np.linspace(0.86, 1.2, 18)
_MAX_GAIN_DB = 24.0


@dataclass(frozen=True, slots=True)
class Reference:
    """What is measured on a recording: pitch, long-term spectrum (48 dB), syllables a second."""

    pitch: PitchTrack
    spectrum: Floats
    syllables: float


def measure(samples: Samples, rate: int) -> Reference:
    """Measure a recording. Raises EngineError ``REFERENCE_UNUSABLE`` without speech."""
    if samples.ndim != 1 or not np.all(np.isfinite(samples)):
        raise _unusable("is not audio")
    heard = trim_silence(samples.astype(np.float32), rate)[: _MOST_SECONDS * rate]
    audio = resample(heard, rate, OUTPUT_RATE)
    track = track_pitch(audio)
    if track.voiced_seconds < _MIN_VOICED_SECONDS:
        raise _unusable("holds no voice")
    voiced = track.hertz[track.hertz > 0]
    if np.ptp(np.log2(np.percentile(voiced, [10, 90]))) < _STEADY_OCTAVES:
        raise _unusable("holds a steady tone and no voice")
    spectrum = long_term_spectrum(audio)
    return Reference(track, _known(spectrum, rate), syllable_rate(audio))


def fit(reference: Reference, progress: Progress) -> Shape:
    """Fit a shape in a closed loop on :data:`CALIBRATION`: pitch, spectrum, level."""
    shape = _start(reference)
    plain = speak(utterance_of(shape, CALIBRATION, "en-us"))
    progress()
    shape = replace(shape, source_rate=_source_rate(plain, reference), rate=_rate(plain, reference))
    shape = fit_pitch(shape, reference.pitch.median, reference.pitch.spread, progress)
    return fit_spectrum(shape, reference.spectrum, progress)


def fit_pitch(shape: Shape, target: float, spread: float | None, progress: Progress) -> Shape:
    """Bring the median pitch to ``target`` Hz and the spread near ``spread`` semitones."""
    best, best_error = shape, np.inf
    for attempt in range(_ROUNDS):
        spoken = speak(utterance_of(shape, CALIBRATION, "en-us"))
        progress()
        track = track_pitch(moved(spoken, shape.source_rate))
        error = float(np.log2(target / track.median)) if track.median else 1.0
        if abs(error) < best_error:
            best, best_error = shape, abs(error)
        if abs(error) < _CLOSE * 1.44:
            break
        pitch = min(99, max(0, round(shape.pitch + 50 * error * 1.1)))
        wider = shape.spread
        if spread is not None and attempt < 2 and track.spread > 0:  # noqa: PLR2004
            ratio = min(1.6, max(0.6, spread / track.spread))
            wider = min(90, max(25, round(shape.spread * ratio)))
        if pitch == shape.pitch and wider == shape.spread:
            # espeak's steps are used up: the rest comes from playing it faster or slower.
            moved_rate = shape.source_rate * 2 ** min(0.12, max(-0.12, error))
            shape = replace(shape, source_rate=_stepped(moved_rate))
        shape = replace(shape, pitch=pitch, spread=wider)
    return replace(best, median_hz=round(target, 2))


def fit_spectrum(shape: Shape, target: Floats, progress: Progress) -> Shape:
    """Choose gains that make the long-term spectrum ``target`` and the level :data:`LEVEL`."""
    wanted = target - np.mean(target)
    gains = np.zeros(BANDS)
    for _ in range(2):
        shape = replace(shape, gains=_rounded(gains))
        own = long_term_spectrum(say(shape, CALIBRATION))
        progress()
        own -= np.mean(own)
        gains += smooth(wanted - own) if not gains.any() else 0.8 * (wanted - own)
        gains = np.clip(gains - np.median(gains), -_MAX_GAIN_DB, _MAX_GAIN_DB)
    return _levelled(replace(shape, gains=_rounded(gains), spectrum=_rounded(target)))


def _levelled(shape: Shape) -> Shape:
    """Move all gains so that active speech comes out at :data:`LEVEL`."""
    step = LEVEL - active_level(say(shape, CALIBRATION), OUTPUT_RATE)
    return replace(shape, gains=_rounded(np.asarray(shape.gains) + step))


def _start(reference: Reference) -> Shape:
    """Return the shape to start from: espeak's voice for the pitch, nothing moved."""
    variant = next(name for start, name in _VARIANTS if reference.pitch.median >= start)
    flat = (0.0,) * BANDS
    return Shape(
        variant=variant,
        pitch=50,
        spread=50,
        rate=NORMAL_RATE,
        source_rate=NATIVE_RATE,
        median_hz=reference.pitch.median,
        gains=flat,
        spectrum=flat,
    )


def _source_rate(plain: Samples, reference: Reference) -> int:
    """Choose how far to move the formants: where the spectra, without tilt, match best."""
    own = long_term_spectrum(moved(plain, NATIVE_RATE))
    centres = band_centres()
    speech = (centres > 250) & (centres < 5000)  # noqa: PLR2004 - Hz that hold formants
    costs = []
    for scale in _SCALES:
        warped = np.interp(centres / scale, centres, own)
        difference = (reference.spectrum - warped)[speech]
        ground = np.vander(np.linspace(-1, 1, difference.size), 2)
        rest = difference - ground @ np.linalg.lstsq(ground, difference, rcond=None)[0]
        # A short recording's vowels mislead; without evidence formants stay near 1.
        costs.append(np.sqrt(np.mean(rest**2)) + 12 * abs(np.log(scale)))
    return _stepped(NATIVE_RATE * float(_SCALES[int(np.argmin(costs))]))


def _rate(plain: Samples, reference: Reference) -> int:
    """Choose the words a minute: toward the reference's pace, within what sounds natural."""
    own = syllable_rate(moved(plain, NATIVE_RATE))
    if not own or not reference.syllables:
        return NORMAL_RATE
    slowest, fastest = _RATES
    return round(min(fastest, max(slowest, NORMAL_RATE * reference.syllables / own)))


def _known(spectrum: Floats, rate: int) -> Floats:
    """Fill the bands that the recording lacks (telephone, low rate) with its last slope."""
    known = (band_centres() < 0.46 * rate) & (spectrum > spectrum.max() - UNHEARD_DB)
    if known.all():
        return spectrum
    last = int(np.flatnonzero(known)[-1])
    filled = spectrum.copy()
    filled[last + 1 :] = spectrum[last] - 0.6 * np.arange(1, BANDS - last)
    return np.asarray(np.maximum(filled, spectrum.max() - UNHEARD_DB))


def _stepped(rate: float) -> int:
    """Round a source rate to 25 Hz (0.1 %), which keeps the resampler's filters short."""
    return round(rate / 25) * 25


def _rounded(levels: Floats) -> tuple[float, ...]:
    return tuple(round(float(level), 2) for level in levels)


def _unusable(why: str) -> EngineError:
    return EngineError("REFERENCE_UNUSABLE", f"The recording {why}.", retryable=False)
