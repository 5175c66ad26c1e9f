"""How fast somebody speaks: syllables a second, by the humps of the vowels' energy."""

import numpy as np
from scipy import signal

from inference.audio.trim import speech_seconds
from inference.engines.base import OUTPUT_RATE, Samples

_VOWELS_HZ = (300, 2500)
_SYLLABLES_HZ = 9.0  # nobody speaks more syllables a second
_HOP = OUTPUT_RATE // 100
_PROMINENCE = 0.08  # of the loud vowels' amplitude, from which a hump is a syllable


def syllable_rate(samples: Samples) -> float:
    """Return the syllables in a second of speech (pauses apart) at 24 kHz; 0 without speech.

    After Mermelstein (1975) in spirit: peaks of the smoothed amplitude that stand out.
    """
    seconds = speech_seconds(samples, OUTPUT_RATE)
    if seconds < 1.0:
        return 0.0
    vowels = signal.butter(2, _VOWELS_HZ, "bandpass", fs=OUTPUT_RATE, output="sos")
    slow = signal.butter(2, _SYLLABLES_HZ, fs=OUTPUT_RATE / _HOP, output="sos")
    band = np.abs(signal.sosfilt(vowels, samples))
    whole = band.size // _HOP
    envelope = signal.sosfiltfilt(slow, band[: whole * _HOP].reshape(whole, _HOP).mean(axis=1))
    loud = float(np.percentile(envelope, 95))
    peaks, _ = signal.find_peaks(envelope, prominence=_PROMINENCE * loud)
    return float(len(peaks) / seconds)
