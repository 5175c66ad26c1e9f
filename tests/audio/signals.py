"""Sounds to test with, and rulers to measure them by."""

import numpy as np

RATE = 24_000


def tone(seconds, frequency=440.0, amplitude=0.5, rate=RATE):
    times = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def speechlike(seconds, amplitude=0.3, seed=1, rate=RATE):
    """Harmonics of 120 Hz in syllables of 0.2 s, with a little breath."""
    rng = np.random.default_rng(seed)
    times = np.arange(round(seconds * rate)) / rate
    voice = sum(np.sin(2 * np.pi * 120 * k * times + k) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * times) + 0.3, 0, None)
    sound = voice * syllables + 0.01 * rng.standard_normal(times.size)
    return (amplitude * sound / np.max(np.abs(sound))).astype(np.float32)


def dominant(samples, rate=RATE):
    """The strongest frequency in Hz, to about 0.1 Hz."""
    size = max(1 << 18, samples.size)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size), size))
    return float(np.argmax(spectrum)) * rate / size


def level(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-20)
