"""An independent ear: pitch by the cepstrum, spectra in thirds of an octave.

It shares no code with the engine, which tracks pitch by autocorrelation and measures
spectra in mel bands.
"""

import numpy as np
from scipy import signal

RATE = 24_000
_FRAME, _HOP, _SIZE = 1536, 360, 4096
_LOW, _HIGH = 60.0, 480.0
_THIRDS = 1000 * 2.0 ** (np.arange(-10, 10) / 3)  # 99 Hz to 8 kHz


def pitch(audio):
    """Return the F0 of the voiced frames in Hz."""
    audio = np.asarray(audio, dtype=np.float64)
    frames = np.lib.stride_tricks.sliding_window_view(audio, _FRAME)[::_HOP]
    level = np.sqrt(np.mean(frames**2, axis=1))
    frames = frames[level > 0.12 * np.quantile(level, 0.95)]
    spectra = np.abs(np.fft.rfft(frames * np.blackman(_FRAME), _SIZE))
    # Only the band where harmonics stand out, on a floor, so that noise does not count.
    band = spectra[:, : int(3200 * _SIZE / RATE)]
    logs = np.log(np.maximum(band, 1e-3 * band.max(axis=1, keepdims=True)))
    logs -= signal.savgol_filter(logs, 101, 2, axis=1)
    taper = np.hanning(2 * band.shape[1])[band.shape[1] :]
    size = 4 * _SIZE
    cepstra = np.fft.rfft(logs * taper, size).real
    # Bin q of this transform is a period of q / size of the bins: in seconds q / (size * df).
    quefrency = np.arange(cepstra.shape[1]) / (size * RATE / _SIZE)
    median = None
    low, high = _LOW, _HIGH
    for _ in range(2):
        inside = np.flatnonzero((quefrency >= 1 / high) & (quefrency <= 1 / low))
        part = cepstra[:, inside]
        best = inside[np.argmax(part, axis=1)]
        strength = part.max(axis=1) / (np.sqrt(np.mean(cepstra**2, axis=1)) + 1e-9)
        rows = np.arange(len(best))
        a, b, c = (cepstra[rows, np.clip(best + d, 0, cepstra.shape[1] - 1)] for d in (-1, 0, 1))
        bend = a - 2 * b + c
        shift = np.where(bend < 0, 0.5 * (a - c) / np.where(bend < 0, bend, 1), 0)
        hertz = 1 / ((best + np.clip(shift, -1, 1)) / (size * RATE / _SIZE))
        voiced = hertz[strength > 4.0]
        if not voiced.size:
            return voiced
        median = np.median(voiced)
        low, high = median / 1.6, median * 1.6
    return voiced


def median_pitch(audio):
    voiced = pitch(audio)
    return float(np.median(voiced)) if voiced.size else 0.0


def spectrum(audio):
    """Return the long-term spectrum in dB per third of an octave, its mean taken out."""
    frequencies, density = signal.welch(np.asarray(audio, dtype=np.float64), RATE, nperseg=4096)
    levels = []
    for centre in _THIRDS:
        inside = (frequencies >= centre / 2 ** (1 / 6)) & (frequencies < centre * 2 ** (1 / 6))
        levels.append(10 * np.log10(density[inside].mean() + 1e-14))
    return np.array(levels) - np.mean(levels)


def distance(one, other):
    """Return how far two long-term spectra lie apart: RMS in dB."""
    return float(np.sqrt(np.mean((spectrum(one) - spectrum(other)) ** 2)))


def level(audio):
    """Return the RMS level of all of it in dB."""
    return float(10 * np.log10(np.mean(np.square(audio, dtype=np.float64))))


def loudness(audio):
    """Return the level of the 50 ms that are at most 20 dB under the loudest, in dB."""
    whole = audio[: len(audio) // 1200 * 1200].reshape(-1, 1200)
    power = np.mean(np.square(whole, dtype=np.float64), axis=1)
    return float(10 * np.log10(power[power > power.max() / 100].mean()))
