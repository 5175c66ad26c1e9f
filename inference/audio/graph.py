"""A chain of FFmpeg's filters over mono float32 samples, fed bit by bit."""

from collections.abc import Sequence
from fractions import Fraction

import av
import av.error
import av.filter
import numpy as np

from inference.engines.base import Samples


def empty() -> Samples:
    """Return no samples at all, shape ``(0,)``."""
    return np.zeros(0, np.float32)


class FilterChain:
    """Mono audio at ``rate`` Hz through ``steps``, pairs of a filter's name and its options."""

    # FFmpeg sizes its buffers by the frame: a bound keeps a long recording from doubling.
    _FRAME = 1 << 16

    def __init__(self, rate: int, steps: Sequence[tuple[str, str]]) -> None:
        self._rate = rate
        self._position = 0
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(
            format="flt", sample_rate=rate, layout="mono", time_base=Fraction(1, rate)
        )
        filters = [self._graph.add(name, options) for name, options in steps]
        # Without this a filter may choose another format or rate for its output.
        shape = self._graph.add("aformat", "sample_fmts=flt:channel_layouts=mono")
        sink = self._graph.add("abuffersink")
        self._graph.link_nodes(source, *filters, shape, sink).configure()

    def push(self, samples: Samples) -> Samples:
        """Feed ``samples``, shape ``(n,)``; return what comes out by now, shape ``(m,)``."""
        out = [empty()]
        for start in range(0, samples.size, self._FRAME):
            block = np.ascontiguousarray(samples[start : start + self._FRAME], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(block[None, :], format="flt", layout="mono")
            frame.sample_rate = self._rate
            frame.time_base = Fraction(1, self._rate)
            frame.pts = self._position
            self._position += block.size
            self._graph.push(frame)
            out.extend(self._pull())
        return np.concatenate(out)

    def finish(self) -> Samples:
        """Return what the filters still hold; the chain is not used afterwards."""
        if not self._position:
            return empty()
        self._graph.push(None)
        return np.concatenate([empty(), *self._pull()])

    def _pull(self) -> list[Samples]:
        out: list[Samples] = []
        while True:
            try:
                frame = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return out
            if not isinstance(frame, av.AudioFrame):  # pragma: no cover - an audio graph
                raise TypeError(f"expected audio, got {type(frame).__name__}")
            out.append(frame.to_ndarray().reshape(-1).astype(np.float32, copy=True))
