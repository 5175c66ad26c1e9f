"""A filter that changes how many samples there are, held to the exact number."""

from fractions import Fraction

import numpy as np

from inference.audio.graph import FilterChain, empty
from inference.engines.base import Samples


class Stretch:
    """A stream through ``chain`` in which n samples become ``round(n * ratio)``, halves up.

    ``flush`` samples of silence follow the end, for filters that keep back their last window.
    """

    def __init__(self, chain: FilterChain, ratio: Fraction, *, flush: int = 0) -> None:
        self._chain = chain
        self._ratio = ratio
        self._flush = flush
        self._taken = self._given = 0
        self._held = empty()

    def push(self, samples: Samples) -> Samples:
        """Feed ``samples``, shape ``(n,)``; return what is ready, shape ``(m,)``."""
        self._taken += samples.size
        return self._give(self._chain.push(samples))

    def finish(self) -> Samples:
        """Return the rest; the stream is not used afterwards."""
        tail = self._chain.push(np.zeros(self._flush, np.float32)) if self._taken else empty()
        rest = self._give(np.concatenate([tail, self._chain.finish()]))
        return np.pad(rest, (0, self._due() - self._given))

    def _due(self) -> int:
        return int(self._taken * self._ratio + Fraction(1, 2))

    def _give(self, samples: Samples) -> Samples:
        # What is ahead of its time is held, not dropped: it is the middle of the sound.
        ready = np.concatenate([self._held, samples])
        count = self._due() - self._given
        out, self._held = ready[:count], ready[count:]
        self._given += out.size
        return out
