"""Decoding with fixed shapes, captured as CUDA graphs where there is CUDA.

A graph exists for each pair of a number of rows and a reach into the cache, captured at its
first use; a step replays the smallest that covers the rows and lengths in use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from inference.engines.chatterbox.attention import Spy
from inference.engines.chatterbox.cache import Cache
from inference.engines.chatterbox.t3 import T3

ROWS: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_REACH: Final = 256


@dataclass(slots=True)
class _Captured:
    graph: Any
    logits: Tensor
    attention: Tensor


class Graphs:
    """Runs the backbone for all rows of the cache up to the highest in use."""

    def __init__(self, t3: T3, cache: Cache, heads: Sequence[tuple[int, int]]) -> None:
        self._t3, self._cache, self._heads = t3, cache, heads
        self._inputs = torch.zeros(cache.rows, t3.backbone.width, device=t3.device)
        self._lengths = torch.zeros(cache.rows, dtype=torch.long, device=t3.device)
        self._captured: dict[tuple[int, int], _Captured] = {}

    def run(self, inputs: Tensor, rows: list[int], lengths: list[int]) -> tuple[Tensor, Tensor]:
        """Add a position to ``rows``, which hold ``lengths``; ``inputs`` are (rows, width).

        Returns logits and attention of every row of the cache up to the highest.
        """
        where = torch.tensor(rows, device=self._t3.device)
        # A row of nobody writes where nothing is read before it is written again.
        self._lengths.zero_()
        self._lengths[where] = torch.tensor(lengths, device=self._t3.device)
        self._inputs[where] = inputs.to(self._inputs.dtype)
        count = next((size for size in ROWS if size > max(rows)), self._cache.rows)
        count = min(count, self._cache.rows)
        reach = min(-(-(max(lengths) + 1) // _REACH) * _REACH, self._cache.positions)
        if self._t3.device.type != "cuda":
            return self._compute(count, reach)
        if (count, reach) not in self._captured:
            self._captured[count, reach] = self._capture(count, reach)
        captured = self._captured[count, reach]
        captured.graph.replay()
        return captured.logits, captured.attention

    def _compute(self, count: int, reach: int) -> tuple[Tensor, Tensor]:
        wide = self._cache.positions if self._heads else 0
        attention = torch.zeros(count, wide, device=self._t3.device)
        spy = Spy(self._heads, attention) if self._heads else None
        states = self._t3.backbone.decode_static(
            self._inputs[:count], self._cache, self._lengths[:count], reach, spy
        )
        return self._t3.logits(states), attention

    def _capture(self, count: int, reach: int) -> _Captured:
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(2):  # lets libraries allot their workspaces outside of the graph
                self._compute(count, reach)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits, attention = self._compute(count, reach)
        return _Captured(graph, logits, attention)
