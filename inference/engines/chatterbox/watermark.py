"""Perth's inaudible watermark on everything that leaves, and the detector that finds it."""

import threading
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from typing import Any, Final

import numpy as np

from inference.engines.base import OUTPUT_RATE, EngineError, Samples

_MARGIN: Final = 4800  # samples marked again with what follows, 200 ms
_FADE: Final = 480  # of these, crossfaded from the one marking to the other
_LEAST: Final = 4800  # samples that Perth gets at least; shorter ones are padded
FOUND: Final = 0.5
"""Above this confidence a recording counts as watermarked."""


class Watermarker:
    """Marks and detects; one network for all, used by one caller at a time."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # pkg_resources says that it is going away; setuptools is held back for it.
            warnings.simplefilter("ignore", UserWarning)
            kind = import_module("perth").PerthImplicitWatermarker
        if kind is None:
            raise EngineError(
                "WATERMARK_UNAVAILABLE",
                "The watermark cannot be applied: perth needs setuptools below 81.",
                retryable=False,
            )
        with redirect_stdout(StringIO()):  # it prints which weights it has read
            self._perth: Any = kind()
        self._lock = threading.Lock()

    def mark(self, samples: Samples) -> Samples:
        """Return ``samples`` (n,) at 24 kHz with the watermark, as many."""
        if not samples.size:
            return samples
        given = np.pad(samples, (0, max(0, _LEAST - samples.size)))
        with self._lock:
            marked = self._perth.apply_watermark(given, sample_rate=OUTPUT_RATE)
        marked = np.asarray(marked, dtype=np.float32)[: samples.size]
        # Resampling to Perth's rate and back can be a sample short.
        return np.pad(marked, (0, samples.size - marked.size))

    def confidence(self, samples: Samples, rate: int = OUTPUT_RATE) -> float:
        """Return how sure the detector is that ``samples`` at ``rate`` Hz carry it, 0 to 1."""
        given = np.pad(samples, (0, max(0, _LEAST - samples.size)))
        with self._lock:
            found = self._perth.get_watermark(given, sample_rate=rate, round=False)
        # Of silence it has nothing to average.
        return float(np.nan_to_num(np.mean(found), nan=0.0))

    def detects(self, samples: Samples, rate: int = OUTPUT_RATE) -> bool:
        """Return whether ``samples`` at ``rate`` Hz carry the watermark."""
        return self.confidence(samples, rate) > FOUND


class MarkedStream:
    """Marks audio that comes in chunks so that no join between two of them can be heard.

    The mark of a sample depends on its surroundings, so the end of each chunk is kept back,
    marked once more together with what follows, and crossfaded. Nothing is lost or added.
    """

    def __init__(self, watermarker: Watermarker) -> None:
        self._watermarker = watermarker
        self._context = np.zeros(0, np.float32)
        self._kept = np.zeros(0, np.float32)
        self._tail = np.zeros(0, np.float32)

    def push(self, samples: Samples, *, last: bool) -> Samples:
        """Take the next ``samples`` (n,); return what is marked by now, (m,)."""
        given = np.concatenate([self._context, self._kept, samples])
        marked = self._watermarker.mark(given)[self._context.size :]
        count = min(_FADE, self._tail.size, marked.size)
        rise = ((np.arange(count) + 0.5) / max(count, 1)).astype(np.float32)
        marked[:count] = self._tail[:count] * (1 - rise) + marked[:count] * rise
        size = marked.size if last else max(0, marked.size - _MARGIN)
        plain = given[self._context.size :]
        self._context = np.concatenate([self._context, plain[:size]])[-_MARGIN:]
        self._kept, self._tail = plain[size:], marked[size:]
        return marked[:size]
