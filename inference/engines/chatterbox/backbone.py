"""The two transformers behind all models: embeddings in, hidden states out.

Weights come from the package's modules, merged where one product serves several. The
arithmetic follows transformers' ``LlamaModel`` and ``GPT2Model`` so that fp32 agrees with
them to rounding.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from inference.engines.chatterbox.cache import Cache
from inference.engines.chatterbox.linear import Linear, packed
from inference.engines.chatterbox.settings import Precision

Attend: TypeAlias = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Attention of a layer: its number, then query, key and value as made for these inputs."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of the cache that one utterance owns, and how many positions they hold."""

    first: int
    rows: int
    length: int


class Spy:
    """Sums, over the watched heads, how much each row attends to each of its positions.

    ``attention`` is (utterances or rows, positions); the mean is wanted, so each head adds
    its share.
    """

    def __init__(self, heads: Sequence[tuple[int, int]], attention: Tensor) -> None:
        self._heads = dict(heads)
        self.attention = attention

    def look(self, layer: int, number: int, query: Tensor, keys: Tensor) -> None:
        """Add utterance ``number``: ``query`` (heads, size), ``keys`` (heads, length, size)."""
        head = self._heads.get(layer)
        if head is not None:
            scores = keys[head] @ query[head] * query.shape[-1] ** -0.5
            shares = scores.float().softmax(-1) / len(self._heads)
            self.attention[number, : len(shares)] += shares

    def look_all(self, layer: int, query: Tensor, keys: Tensor, seen: Tensor) -> None:
        """Add every row: ``query`` (rows, heads, size), ``keys`` (rows, heads, length, size)."""
        head = self._heads.get(layer)
        if head is not None:
            scores = (keys[:, head] @ query[:, head, :, None])[..., 0] * query.shape[-1] ** -0.5
            scores = scores.float().masked_fill(~seen, float("-inf"))
            self.attention[:, : scores.shape[1]] += scores.softmax(-1) / len(self._heads)


class Backbone(ABC):
    """A stack of transformer layers; ``heads`` of ``size`` each, ``width`` in all."""

    layers: int
    heads: int
    size: int
    width: int
    dtype: torch.dtype

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
        self, inputs: Tensor, cache: Cache, spans: Sequence[Span], spy: "Spy | None" = None
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
        self, inputs: Tensor, cache: Cache, lengths: Tensor, upto: int, spy: "Spy | None" = None
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


class Llama(Backbone):
    """``LlamaModel`` with as many key heads as query heads and no biases."""

    def __init__(self, model: Any, precision: Precision, positions: int) -> None:
        shape = model.config
        self.layers, self.heads = shape.num_hidden_layers, shape.num_attention_heads
        self.width, self.size = shape.hidden_size, shape.head_dim
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._epsilon = shape.rms_norm_eps
        self._stack = [self._layer(layer, precision) for layer in model.layers]
        self._norm = model.norm.weight.detach().to(self.dtype)
        rotary = model.rotary_emb
        steps = torch.arange(positions, device=rotary.inv_freq.device).float()
        angles = torch.outer(steps, rotary.inv_freq.float()).repeat(1, 2)
        self._cos = (angles.cos() * rotary.attention_scaling).to(self.dtype)
        self._sin = (angles.sin() * rotary.attention_scaling).to(self.dtype)

    def _layer(
        self, layer: Any, precision: Precision
    ) -> tuple[Tensor, Linear, Linear, Tensor, Linear, Linear]:
        heads, block = layer.self_attn, layer.mlp
        merged = torch.cat([heads.q_proj.weight, heads.k_proj.weight, heads.v_proj.weight])
        gates = torch.cat([block.gate_proj.weight, block.up_proj.weight])
        return (
            layer.input_layernorm.weight.detach().to(self.dtype),
            packed(merged, None, precision),
            packed(heads.o_proj.weight, None, precision),
            layer.post_attention_layernorm.weight.detach().to(self.dtype),
            packed(gates, None, precision),
            packed(block.down_proj.weight, None, precision),
        )

    def run(self, inputs: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """See the base class."""
        shape = inputs.shape
        x = inputs.reshape(-1, self.width)
        cos, sin = self._cos[positions][:, None], self._sin[positions][:, None]
        for number, (before, merged, out, after, gates, down) in enumerate(self._stack):
            query, key, value = self._split(merged(self._normed(x, before)), shape)
            mixed = attend(number, _rotated(query, cos, sin), _rotated(key, cos, sin), value)
            x = x + out(self._merge(mixed)).to(self.dtype)
            gate, up = gates(self._normed(x, after)).chunk(2, -1)
            x = x + down((F.silu(gate) * up).to(self.dtype)).to(self.dtype)
        return self._normed(x, self._norm).view(shape)

    def _normed(self, x: Tensor, weight: Tensor) -> Tensor:
        exact = x.float()
        exact = exact * torch.rsqrt(exact.pow(2).mean(-1, keepdim=True) + self._epsilon)
        return weight * exact.to(self.dtype)


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    turned = torch.cat([-x[..., half:], x[..., :half]], -1)
    return x * cos + turned * sin


class GPT2(Backbone):
    """``GPT2Model`` with learned absolute positions."""

    def __init__(self, model: Any, precision: Precision) -> None:
        shape = model.config
        self.layers, self.heads, self.width = shape.n_layer, shape.n_head, shape.n_embd
        self.size = self.width // self.heads
        self.dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._epsilon = shape.layer_norm_epsilon
        self._places = model.wpe.weight.detach().to(self.dtype)
        self._stack = [self._layer(block, precision) for block in model.h]
        self._norm = self._affine(model.ln_f)

    def _affine(self, norm: Any) -> tuple[Tensor, Tensor]:
        return norm.weight.detach().to(self.dtype), norm.bias.detach().to(self.dtype)

    def _layer(self, block: Any, precision: Precision) -> tuple[Any, ...]:
        # GPT-2 keeps its weights as (inputs, outputs).
        products = (block.attn.c_attn, block.attn.c_proj, block.mlp.c_fc, block.mlp.c_proj)
        linears = [packed(each.weight.t(), each.bias, precision) for each in products]
        return (self._affine(block.ln_1), self._affine(block.ln_2), *linears)

    def run(self, inputs: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """See the base class."""
        shape = inputs.shape
        x = (inputs + self._places[positions]).reshape(-1, self.width)
        for number, (before, after, merged, out, up, down) in enumerate(self._stack):
            query, key, value = self._split(merged(self._normed(x, before)), shape)
            mixed = attend(number, query, key, value)
            x = x + out(self._merge(mixed)).to(self.dtype)
            wide = F.gelu(up(self._normed(x, after)), approximate="tanh").to(self.dtype)
            x = x + down(wide).to(self.dtype)
        return self._normed(x, self._norm).view(shape)

    def _normed(self, x: Tensor, affine: tuple[Tensor, Tensor]) -> Tensor:
        return F.layer_norm(x, (self.width,), *affine, eps=self._epsilon)
