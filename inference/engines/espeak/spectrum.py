"""Long-term average spectra in 48 bands, and the filter that turns one into another."""

import numpy as np
import numpy.typing as npt
from scipy import signal

from inference.engines.base import OUTPUT_RATE, Samples

BANDS = 48
TAPS = 512

_SIZE = 2048  # of an analysis frame, in samples
_LOWEST_HZ, _HIGHEST_HZ = 70.0, 10_800.0
UNHEARD_DB = 62.0
"""Bands this far under the loudest hold nothing."""

_ACTIVE_DB = 30.0  # frames this far under the loud ones are pauses
_BLOCK = 1024  # frames, to bound memory on long audio
_FILTERED = 1 << 20  # samples, likewise

Floats = npt.NDArray[np.float64]


def _mel(hertz: npt.ArrayLike) -> Floats:
    """O'Shaughnessy's mel scale."""
    return np.asarray(2595 * np.log10(1 + np.asarray(hertz) / 700))


def band_centres() -> Floats:
    """Return the centres of the bands in Hz, evenly spaced in mel, shape ``(48,)``."""
    mels = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS)
    return np.asarray(700 * (10 ** (mels / 2595) - 1))


def _weights() -> Floats:
    """Triangular bands over the bins of a spectrum, each row summing to 1, (48, bins)."""
    bins = _mel(np.fft.rfftfreq(_SIZE, 1 / OUTPUT_RATE))
    centres = _mel(band_centres())
    width = 1.3 * (centres[1] - centres[0])
    weights = np.maximum(0.0, 1 - np.abs(bins[None, :] - centres[:, None]) / width)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


_WEIGHTS = _weights()


def long_term_spectrum(samples: Samples) -> Floats:
    """Return the mean power of the active frames of 24 kHz audio in dB, shape ``(48,)``."""
    audio = np.pad(samples, (0, max(0, _SIZE - samples.size)))
    frames = np.lib.stride_tricks.sliding_window_view(audio, _SIZE)[:: _SIZE // 2]
    energy = np.concatenate(
        [_energy(frames[at : at + _BLOCK]) for at in range(0, len(frames), _BLOCK)]
    )
    active = np.flatnonzero(energy >= np.percentile(energy, 95) * 10 ** (-_ACTIVE_DB / 10))
    window = np.hanning(_SIZE)
    power = np.zeros(_SIZE // 2 + 1)
    for at in range(0, len(active), _BLOCK):
        spectra = np.fft.rfft(frames[active[at : at + _BLOCK]] * window)
        power += np.sum(np.abs(spectra) ** 2, axis=0)
    power /= max(1, len(active)) * np.sum(window**2)
    return np.asarray(10 * np.log10(_WEIGHTS @ power + 1e-14))


def _energy(frames: Samples) -> Floats:
    exact = frames.astype(np.float64)
    return np.asarray(np.einsum("ij,ij->i", exact, exact))


def smooth(levels: Floats) -> Floats:
    """Smooth over neighbouring bands, keeping the ends."""
    padded = np.pad(levels, 1, mode="edge")
    return np.asarray(np.convolve(padded, [0.25, 0.5, 0.25], mode="valid"))


def design_filter(gains: Floats) -> Floats:
    """Return the minimum-phase FIR with ``gains`` in dB at the band centres, ``(512,)``.

    By the real cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, 13.5).
    """
    size = 4 * TAPS
    bins = _mel(np.fft.rfftfreq(size, 1 / OUTPUT_RATE))
    decibels = np.interp(bins, _mel(band_centres()), gains)
    cepstrum = np.fft.irfft(decibels * np.log(10) / 20, size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:TAPS]
    fade = TAPS // 4
    response[-fade:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(fade) / fade)
    return np.asarray(response)


def apply_filter(samples: Samples, response: Floats) -> Samples:
    """Filter ``samples``; the tail is kept, so the result is 511 samples longer."""
    out = np.zeros(samples.size + response.size - 1, np.float32)
    for at in range(0, samples.size, _FILTERED):
        block = signal.oaconvolve(samples[at : at + _FILTERED].astype(np.float64), response)
        out[at : at + block.size] += block.astype(np.float32)
    return out
