"""Silence at the edges of a recording, and how much of it is speech."""

import numpy as np

from inference.audio.activity import FRAME_SECONDS, active_frames, frame_size
from inference.engines.base import Samples


def trim_silence(samples: Samples, rate: int, *, padding: float = 0.05) -> Samples:
    """Return ``samples`` without leading and trailing silence but ``padding`` seconds of it.

    Returns shape ``(m,)`` with m <= n, and none where all is silence. The cut is at a 20 ms
    frame and is not faded.
    """
    active = np.flatnonzero(active_frames(samples, rate))
    if not active.size:
        return samples[:0]
    size, pad = frame_size(rate), round(padding * rate)
    start = max(0, int(active[0]) * size - pad)
    return samples[start : (int(active[-1]) + 1) * size + pad]


def speech_seconds(samples: Samples, rate: int) -> float:
    """Return how many seconds of ``samples`` at ``rate`` Hz are not silence, by 20 ms frames."""
    seconds = int(active_frames(samples, rate).sum()) * FRAME_SECONDS
    return min(seconds, samples.size / rate)
