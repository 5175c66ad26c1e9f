"""Matrix products with fixed weights, in the fastest form a device has for them."""

from collections.abc import Callable
from typing import TypeAlias

import torch
import torch.nn.functional as F  # noqa: N812 - the community's name
from torch import Tensor

from inference.engines.chatterbox.settings import Precision

Linear: TypeAlias = Callable[[Tensor], Tensor]
"""``x`` of shape (rows, inputs) to (rows, outputs)."""

_INT8_LARGEST = 127


def packed(weight: Tensor, bias: Tensor | None, precision: Precision) -> Linear:
    """Return ``x @ weight.T + bias``, ``weight`` of shape (outputs, inputs).

    On a CPU the result of a float32 row is the same bit for bit whatever rows are beside it.
    int8 is per output channel, with activations quantised by the largest of all rows.
    """
    weight = weight.detach()
    bias = None if bias is None else bias.detach().contiguous()
    if precision == "int8":
        return _int8(weight, bias)
    kind = torch.bfloat16 if precision == "bfloat16" else torch.float32
    weight = weight.to(kind).contiguous()
    bias = None if bias is None else bias.to(kind)
    if weight.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return lambda x: F.linear(x, weight, bias)
    product = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - inductor's own entry
    if precision == "bfloat16":
        plain = weight.to_mkldnn()
        return lambda x: product(x, plain, bias, "none", [], "")
    # ``to_mkldnn`` keeps the rows as they are: oneDNN then has one kernel for a single row,
    # another for several, and rearranges the weights at each call.
    blocked = torch.ops.mkldnn._reorder_linear_weight(weight, None)  # noqa: SLF001 - likewise

    def multiplied(x: Tensor) -> Tensor:
        if len(x) > 1:
            return product(x, blocked, bias, "none", [], "")
        # One row with thousands of inputs would be summed in parts, several are not.
        return product(x.expand(2, -1), blocked, bias, "none", [], "")[:1]

    return multiplied


def _int8(weight: Tensor, bias: Tensor | None) -> Linear:
    scale = weight.float().abs().amax(1).clamp(min=1e-8) / _INT8_LARGEST
    zeros = torch.zeros(len(scale), dtype=torch.long)
    quantised = torch.quantize_per_channel(weight.float(), scale.double(), zeros, 0, torch.qint8)
    prepacked = torch.ops.quantized.linear_prepack(
        quantised, None if bias is None else bias.float()
    )
    product = torch.ops.quantized.linear_dynamic
    return lambda x: product(x.float(), prepacked, reduce_range=True)
