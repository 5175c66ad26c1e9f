"""Recordings with and without the watermark, as customers send them."""

from functools import cache

import numpy as np

from inference.engines.chatterbox.environment import prepare_imports
from tests.audio.files import make
from tests.engines.references import RATE
from tests.support import recordings


@cache
def marked(seconds: float = 3.0) -> np.ndarray:
    prepare_imports()
    from inference.engines.chatterbox.watermark import Watermarker

    return Watermarker().mark(recordings.spoken(seconds).astype(np.float32))


def wav(samples: np.ndarray) -> bytes:
    return make("pcm_s16le", "wav", samples, RATE)


def mp3(samples: np.ndarray) -> bytes:
    return make("libmp3lame", "mp3", samples, RATE)
