"""Speech-like signals that no espeak made: a glottal source, moving formants, noise, pauses.

A source of Rosenberg pulses (Rosenberg, 1971) with jitter, shimmer and a falling contour
goes through five resonators whose targets move from vowel to vowel; fricatives are shaped
noise; phrases end in pauses.
"""

from dataclasses import dataclass

import numpy as np
from scipy import signal

RATE = 24_000
_BLOCK = 120  # samples in which the formants stand still

# F1 to F3 of vowels (Hz): English after Peterson and Barney (1952), and a five-vowel language.
ENGLISH = (
    (270, 2290, 3010),
    (390, 1990, 2550),
    (530, 1840, 2480),
    (660, 1720, 2410),
    (730, 1090, 2440),
    (570, 840, 2410),
    (440, 1020, 2240),
    (300, 870, 2240),
    (640, 1190, 2390),
)
FIVE_VOWELS = (
    (320, 2400, 3000),
    (450, 1900, 2500),
    (800, 1400, 2450),
    (480, 950, 2400),
    (350, 750, 2350),
)


@dataclass(frozen=True)
class Speaker:
    name: str
    hertz: float
    tract: float  # formants relative to a grown man's
    tilt_hz: float  # corner of the source's low-pass
    vowels: tuple[tuple[int, int, int], ...] = ENGLISH
    syllable: float = 0.21  # seconds
    fricative: float = 0.25  # level
    seed: int = 1


SPEAKERS = (
    Speaker("a low man", 85, 0.95, 900, seed=1),
    Speaker("a man", 120, 1.0, 1800, seed=2),
    Speaker("a woman", 220, 1.17, 1400, seed=3),
    Speaker("a child", 320, 1.3, 2600, seed=4),
    Speaker("another language", 170, 1.1, 3000, FIVE_VOWELS, 0.14, 0.12, seed=5),
)


def reference(speaker: Speaker, seconds: float = 10.0) -> np.ndarray:
    """Return ``seconds`` of the speaker at 24 kHz, float32."""
    random = np.random.default_rng(speaker.seed)
    parts = []
    while sum(map(len, parts)) < seconds * RATE:
        parts.append(_phrase(speaker, random, int(random.integers(6, 11))))
        parts.append(np.zeros(int(random.uniform(0.25, 0.5) * RATE)))
    audio = np.concatenate(parts)[: int(seconds * RATE)]
    audio += 1e-4 * random.standard_normal(audio.size) * np.abs(audio).max()
    return (0.5 * audio / np.abs(audio).max()).astype(np.float32)


def _phrase(speaker: Speaker, random: np.random.Generator, syllables: int) -> np.ndarray:
    lengths = (speaker.syllable * random.uniform(0.7, 1.4, syllables) * RATE).astype(int)
    total = int(lengths.sum())
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    time = np.arange(total) / total
    accents = np.interp(np.arange(total), starts + lengths // 2, random.uniform(-2, 2, syllables))
    contour = speaker.hertz * 2 ** ((1.5 - 3 * time + accents) / 12)
    voice = _source(contour, random)
    slope = signal.butter(1, speaker.tilt_hz, fs=RATE, output="sos")
    voice = signal.sosfilt(slope, voice)
    targets = np.array(
        [[*speaker.vowels[random.integers(len(speaker.vowels))], 3500, 4500] for _ in starts]
    )
    voice = _formants(voice, starts + lengths // 2, targets * speaker.tract)
    envelope = np.ones(total)
    noise = np.zeros(total)
    hiss = signal.butter(2, [3000, 8000], "bandpass", fs=RATE, output="sos")
    for start, length in zip(starts, lengths, strict=True):
        gap = int(length * random.uniform(0.2, 0.35))
        envelope[start : start + gap] = 0.0 if random.random() < 0.6 else 0.4
        if random.random() < 0.5:
            burst = signal.sosfilt(hiss, random.standard_normal(gap)) * np.hanning(gap)
            noise[start : start + gap] += burst
    envelope = np.convolve(envelope, np.hanning(480) / np.hanning(480).sum(), mode="same")
    fade = np.minimum(1, np.minimum(np.arange(total), np.arange(total)[::-1]) / (0.03 * RATE))
    return (voice / np.abs(voice).max() * envelope + speaker.fricative * noise) * fade


def _source(contour: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The derivative of the glottal flow: opens for 40 % and closes for 16 % of a period."""
    out = np.zeros(contour.size + RATE // 20)
    at = 0.0
    while at < contour.size:
        period = RATE / contour[int(at)] * (1 + 0.008 * random.standard_normal())
        opening, closing = int(0.4 * period), max(2, int(0.16 * period))
        flow = np.concatenate(
            [
                0.5 * (1 - np.cos(np.pi * np.arange(opening) / opening)),
                np.cos(0.5 * np.pi * np.arange(closing) / closing),
                [0.0],
            ]
        )
        pulse = np.diff(flow, prepend=0.0) * period * (1 + 0.05 * random.standard_normal())
        out[int(at) : int(at) + pulse.size] += pulse
        at += period
    out = out[: contour.size]
    return out + 0.02 * out.std() * random.standard_normal(out.size)


def _formants(voice: np.ndarray, centres: np.ndarray, targets: np.ndarray) -> np.ndarray:
    for column, bandwidth in enumerate((80, 100, 140, 220, 300)):
        path = np.interp(np.arange(0, voice.size, _BLOCK), centres, targets[:, column])
        state = np.zeros(2)
        blocks = []
        for index, hertz in enumerate(path):
            radius = np.exp(-np.pi * bandwidth / RATE)
            a = [1, -2 * radius * np.cos(2 * np.pi * hertz / RATE), radius**2]
            block = voice[index * _BLOCK : (index + 1) * _BLOCK]
            filtered, state = signal.lfilter([sum(a)], a, block, zi=state)
            blocks.append(filtered)
        voice = np.concatenate(blocks)
    return voice
