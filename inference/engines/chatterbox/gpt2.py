"""The GPT-2 backbone; fp32 agrees with transformers' ``GPT2Model`` to rounding.

Weights come from the package's modules, merged where one product serves several.
"""

from typing import Any

import torch.nn.functional as F  # noqa: N812 - the community's name
from torch import Tensor

from inference.engines.chatterbox.backbone import Attend, Backbone
from inference.engines.chatterbox.linear import packed
from inference.engines.chatterbox.settings import Precision


class GPT2(Backbone):
    """``GPT2Model`` with learned absolute positions."""

    def __init__(self, model: Any, precision: Precision) -> None:
        shape = model.config
        super().__init__(precision, shape.layer_norm_epsilon)
        self.layers, self.heads, self.width = shape.n_layer, shape.n_head, shape.n_embd
        self.size = self.width // self.heads
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
