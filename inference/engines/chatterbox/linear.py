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

    On a CPU weights are stored in oneDNN's blocked layout, which reads them once and in
    order; plain row-major ones would be rearranged at each call. int8 is per output channel
    with activations quantised on the fly.
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
    blocked = weight.to_mkldnn()
    product = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001 - inductor's own entry
    return lambda x: product(x, blocked, bias, "none", [], "")


def _int8(weight: Tensor, bias: Tensor | None) -> Linear:
    scale = weight.float().abs().amax(1).clamp(min=1e-8) / _INT8_LARGEST
    zeros = torch.zeros(len(scale), dtype=torch.long)
    quantised = torch.quantize_per_channel(weight.float(), scale.double(), zeros, 0, torch.qint8)
    prepacked = torch.ops.quantized.linear_prepack(
        quantised, None if bias is None else bias.float()
    )
    product = torch.ops.quantized.linear_dynamic
    return lambda x: product(x.float(), prepacked, reduce_range=True)
