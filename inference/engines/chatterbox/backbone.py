"""The two transformers behind all models: embeddings in, hidden states out.

What they share is here: how a stack of layers reads and writes the cache. ``llama`` and
``gpt2`` compute the layers.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from inference.engines.chatterbox.attention import Spy
from inference.engines.chatterbox.cache import Cache
from inference.engines.chatterbox.running import Span
from inference.engines.chatterbox.settings import Precision

Attend: TypeAlias = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Attention of a layer: its number, then query, key and value as made for these inputs."""


class Backbone(ABC):
    """A stack of transformer layers; ``heads`` of ``size`` each, ``width`` in all."""

    layers: int
    heads: int
    size: int
    width: int
    dtype: torch.dtype

    def __init__(self, precision: Precision, epsilon: float) -> None:
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._epsilon = epsilon

    @abstractmethod
    def run(self, inputs: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """Return normed hidden states for ``inputs``, both (rows, length, width).

        ``positions`` (rows or 1, length) are absolute; ``attend`` mixes over the context.
        """

    def prefill(self, inputs: Tensor, cache: Cache, first: int) -> Tensor:
        """Fill ``inputs`` (rows, length, width) into the cache; return the last state."""

        def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            cache.store(layer, first, key, value)
            return F.scaled_dot_product_attention(query, key, value, is_causal=True)

        positions = torch.arange(inputs.shape[1], device=inputs.device)[None]
        return self.run(inputs.to(self.dtype), positions, attend)[:, -1]

    def decode(
        self, inputs: Tensor, cache: Cache, spans: Sequence[Span], spy: Spy | None = None
    ) -> Tensor:
        """Add one position to each span; ``inputs`` and result (rows of all spans, width).

        Each span attends on its own, over exactly its length, so no other utterance can
        change what it computes there. Best on a CPU; see decode_static.
        """

        def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            out = torch.empty_like(query)
            at = 0
            for number, span in enumerate(spans):
                here, rows = slice(at, at + span.rows), slice(span.first, span.first + span.rows)
                keys, values = cache.keys[layer][rows], cache.values[layer][rows]
                keys[:, :, span.length] = key[here, :, 0]
                values[:, :, span.length] = value[here, :, 0]
                upto = span.length + 1
                out[here] = F.scaled_dot_product_attention(
                    query[here], keys[:, :, :upto], values[:, :, :upto]
                )
                if spy is not None:
                    spy.look(layer, number, query[at, :, 0], keys[0, :, :upto])
                at += span.rows
            return out

        lengths = [span.length for span in spans for _ in range(span.rows)]
        positions = torch.tensor(lengths, device=inputs.device)[:, None]
        return self.run(inputs[:, None].to(self.dtype), positions, attend)[:, 0]

    def decode_static(
        self, inputs: Tensor, cache: Cache, lengths: Tensor, upto: int, spy: Spy | None = None
    ) -> Tensor:
        """Add one position to the cache's first rows; ``inputs`` and result (rows, width).

        ``lengths`` (rows,) says how many positions each holds, at most ``upto`` - 1; rows of
        nobody give nonsense. No shape depends on the lengths, so this can be captured as a
        CUDA graph.
        """
        rows = inputs.shape[0]
        every = torch.arange(rows, device=inputs.device)
        seen = torch.arange(upto, device=inputs.device)[None] <= lengths[:, None]

        def attend(layer: int, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            keys, values = cache.keys[layer], cache.values[layer]
            keys[every, :, lengths] = key[:, :, 0]
            values[every, :, lengths] = value[:, :, 0]
            if spy is not None:
                spy.look_all(layer, query[:, :, 0], keys[:rows, :, :upto], seen)
            return F.scaled_dot_product_attention(
                query, keys[:rows, :, :upto], values[:rows, :, :upto], seen[:, None, None]
            )

        return self.run(inputs[:, None].to(self.dtype), lengths[:, None], attend)[:, 0]

    def _split(self, merged: Tensor, shape: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
        parts = merged.view(shape[0], shape[1], 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        return parts[0], parts[1], parts[2]

    def _merge(self, heads: Tensor) -> Tensor:
        return heads.transpose(1, 2).reshape(-1, self.width)
