"""Recordings as customers upload them, of a man who speaks."""

from functools import cache

import numpy as np

from tests.audio.files import make, recorder_webm
from tests.engines.references import RATE, SPEAKERS, reference

_MAN = SPEAKERS[1]


@cache
def spoken(seconds: float) -> np.ndarray:
    repeated = np.tile(reference(_MAN, min(seconds, 4.0)), 1 + int(seconds / 4.0))
    return repeated[: round(seconds * RATE)]


@cache
def wav(seconds: float = 2.0) -> bytes:
    return make("pcm_s16le", "wav", spoken(seconds), RATE)


@cache
def mp3(seconds: float = 2.0) -> bytes:
    return make("libmp3lame", "mp3", spoken(seconds), RATE)


@cache
def webm(seconds: float = 2.0) -> bytes:
    """As a browser's MediaRecorder makes it: no duration in it."""
    return recorder_webm(spoken(seconds), RATE)


@cache
def flac(seconds: float = 2.0) -> bytes:
    return make("flac", "flac", spoken(seconds), RATE)


@cache
def silence(seconds: float = 2.0) -> bytes:
    return make("pcm_s16le", "wav", np.zeros(round(seconds * RATE), np.float32), RATE)
