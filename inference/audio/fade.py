"""Smooth edges, so that audio may begin and end anywhere without a click."""

import numpy as np

from inference.engines.base import Samples


def rise(length: int) -> Samples:
    """Return ``length`` weights that rise from 0 towards 1 as half a cosine."""
    steps = np.arange(length) / max(length, 1)
    return (0.5 - 0.5 * np.cos(np.pi * steps)).astype(np.float32)


def faded(samples: Samples, length: int) -> Samples:
    """Return ``samples`` (n,) faded in and out over ``length`` of them, or half if fewer."""
    length = min(length, samples.size // 2)
    if not length:
        return samples
    ramp, result = rise(length), samples.copy()
    result[:length] *= ramp
    result[-length:] *= ramp[::-1]
    return result
