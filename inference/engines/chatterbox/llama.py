"""The Llama backbone; fp32 agrees with transformers' ``LlamaModel`` to rounding.

Weights come from the package's modules, merged where one product serves several.
"""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - the community's name
from torch import Tensor

from inference.engines.chatterbox.backbone import Attend, Backbone
from inference.engines.chatterbox.linear import Linear, packed
from inference.engines.chatterbox.settings import Precision


class Llama(Backbone):
    """``LlamaModel`` with as many key heads as query heads and no biases."""

    def __init__(self, model: Any, precision: Precision, positions: int) -> None:
        shape = model.config
        super().__init__(precision, shape.rms_norm_eps)
        self.layers, self.heads = shape.num_hidden_layers, shape.num_attention_heads
        self.width, self.size = shape.hidden_size, shape.head_dim
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
