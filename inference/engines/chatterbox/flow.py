"""From speech tokens to mel frames: S3Gen's encoder and flow, batched, with noise handed in.

The arithmetic is the package's (``flow.py``, ``flow_matching.py``, ``decoder.py``,
``upsample_encoder.py``), run on its modules without their masks where nothing is padded:
those are rebuilt with a wait for the device 140 times a call. Where rows differ in length,
padding is masked at one place more than in the package, before the look-ahead convolution,
through which it would leak into the end of a shorter row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from inference.engines.chatterbox.prompt import Prompt

FRAMES: Final = 2
"""Mel frames in a speech token."""
LOOK_AHEAD: Final = 3
"""Tokens of future that the encoder sees."""
MELS: Final = 80

_HIDDEN: Final = -1e10  # added to the scores of padding, as the package does


@dataclass(frozen=True, slots=True)
class FlowTask:
    """What to speak: a voice, token ids (n,) and noise (prompt's frames + 2n, 80)."""

    prompt: Prompt
    tokens: Tensor
    noise: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """The lengths of prompt and speech in tokens; equal shapes need no padding."""
        return len(self.prompt.spoken), len(self.tokens)


class Flow:
    """S3Gen's first half; ``steps`` of Euler's method, without guidance if ``meanflow``."""

    def __init__(self, s3gen: Any, *, steps: int) -> None:
        self._flow = s3gen.flow
        self._encoder = s3gen.flow.encoder
        self._decoder = s3gen.flow.decoder
        self._estimator = s3gen.flow.decoder.estimator
        self._meanflow = bool(s3gen.meanflow)
        self._device = s3gen.flow.input_embedding.weight.device
        self.steps = steps

    def mels(self, tasks: Sequence[FlowTask], beat: Callable[[], None]) -> list[Tensor]:
        """Return each task's mel frames, (80, 2n), computed as one batch.

        ``beat`` is called after each step of the solver.
        """
        count = len(tasks)
        tokens = [torch.cat([each.prompt.spoken, each.tokens.to(self._device)]) for each in tasks]
        lengths = [len(each) for each in tokens]
        widest = max(lengths)
        padded = torch.stack([F.pad(each, (0, widest - len(each))) for each in tokens])
        ragged = min(lengths) != widest
        mask = self._mask(lengths, 1) if ragged else None
        means = self._encoded(padded, mask)
        frames = FRAMES * widest
        given = torch.zeros(count, frames, MELS, device=self._device)
        noise = torch.zeros(count, frames, MELS)
        for row, each in enumerate(tasks):
            given[row, : len(each.prompt.mel)] = each.prompt.mel
            noise[row, : len(each.noise)] = each.noise
        xvectors = torch.stack([each.prompt.xvector for each in tasks])
        speaker = self._flow.spk_embed_affine_layer(F.normalize(xvectors, dim=1))
        about = _Known(
            means.transpose(1, 2).contiguous(),
            speaker,
            given.transpose(1, 2).contiguous(),
            self._mask(lengths, FRAMES) if ragged else None,
        )
        mel = self._solved(noise.to(self._device).transpose(1, 2).contiguous(), about, beat)
        return [
            mel[row, :, len(each.prompt.mel) : FRAMES * length]
            for row, (each, length) in enumerate(zip(tasks, lengths, strict=True))
        ]

    def _mask(self, lengths: list[int], scale: int) -> Tensor:
        ends = torch.tensor(lengths, device=self._device)[:, None] * scale
        return torch.arange(max(lengths) * scale, device=self._device)[None] < ends

    def _encoded(self, tokens: Tensor, mask: Tensor | None) -> Tensor:
        """Return the means the flow starts from, (rows, 2 * length, 80)."""
        encoder = self._encoder
        x = self._flow.input_embedding(tokens)
        if mask is not None:
            x = x * mask[..., None]
        x = encoder.embed(x, None)
        x, places = x[0], x[1]
        if mask is not None:
            x = x * mask[..., None]
        x = encoder.pre_lookahead_layer(x)
        for layer in encoder.encoders:
            x = layer(x, _attended(mask), places, _unused())[0]
        x, _ = encoder.up_layer(x.transpose(1, 2).contiguous(), _unused())
        x = x.transpose(1, 2).contiguous()
        if mask is not None:
            mask = mask.repeat_interleave(FRAMES, 1)
        x = encoder.up_embed(x, None)
        x, places = x[0], x[1]
        for layer in encoder.up_encoders:
            x = layer(x, _attended(mask), places, _unused())[0]
        if encoder.normalize_before:
            x = encoder.after_norm(x)
        encoded: Tensor = self._flow.encoder_proj(x)
        return encoded

    def _solved(self, x: Tensor, about: "_Known", beat: Callable[[], None]) -> Tensor:
        times = torch.linspace(0, 1, self.steps + 1, device=x.device)
        if self._meanflow:
            for start, end in pairwise(times):
                x = x + (end - start) * self._slope(x, about, start, end)
                beat()
            return x
        if self._decoder.t_scheduler == "cosine":
            times = 1 - torch.cos(times * 0.5 * torch.pi)
        rate = self._decoder.inference_cfg_rate
        about = about.and_nothing()
        for start, end in pairwise(times):
            led, blind = self._slope(torch.cat([x, x]), about, start, None).chunk(2)
            x = x + (end - start) * ((1 + rate) * led - rate * blind)
            beat()
        return x

    def _slope(self, x: Tensor, about: "_Known", start: Tensor, end: Tensor | None) -> Tensor:
        """Return the flow's direction at ``x`` (rows, 80, frames) and time ``start``."""
        net = self._estimator
        time = net.time_mlp(net.time_embeddings(start[None]))
        if end is not None:
            until = net.time_mlp(net.time_embeddings(end[None]))
            time = net.time_embed_mixer(torch.cat([time, until], 1))
        wide = about.speaker[..., None].expand(-1, -1, x.shape[-1])
        x = torch.cat([x, about.means, wide, about.mel], 1)
        mask = about.mask
        heard = torch.ones(1, 1, 1, device=x.device) if mask is None else mask[:, None].float()
        bias = None if mask is None else (1 - heard) * _HIDDEN
        skipped = []
        for resnet, blocks, down in net.down_blocks:
            x = _mixed(resnet(x, heard, time), blocks, bias)
            skipped.append(x)
            x = down(x * heard)
        for resnet, blocks in net.mid_blocks:
            x = _mixed(resnet(x, heard, time), blocks, bias)
        for resnet, blocks, up in net.up_blocks:
            joined = torch.cat([x, skipped.pop()], 1)
            x = up(_mixed(resnet(joined, heard, time), blocks, bias) * heard)
        slope: Tensor = net.final_proj(net.final_block(x, heard) * heard) * heard
        return slope


@dataclass(frozen=True, slots=True)
class _Known:
    """What steers the flow.

    ``means`` and the prompt's ``mel`` (rows, 80, frames), ``speaker`` (rows, 80), and the
    ``mask`` (rows, frames) of what is no padding.
    """

    means: Tensor
    speaker: Tensor
    mel: Tensor
    mask: Tensor | None

    def and_nothing(self) -> "_Known":
        """Return it followed by as many rows that know neither text nor voice.

        Guidance leads away from what comes of these.
        """
        mask = None if self.mask is None else torch.cat([self.mask, self.mask])
        return _Known(
            _with_blank(self.means), _with_blank(self.speaker), _with_blank(self.mel), mask
        )


def _mixed(x: Tensor, blocks: Any, bias: Tensor | None) -> Tensor:
    x = x.transpose(1, 2).contiguous()
    wide = None if bias is None else bias.expand(-1, x.shape[1], -1)
    for block in blocks:
        x = block(hidden_states=x, attention_mask=wide)
    return x.transpose(1, 2).contiguous()


def _with_blank(x: Tensor) -> Tensor:
    return torch.cat([x, torch.zeros_like(x)])


def _attended(mask: Tensor | None) -> Tensor:
    return _unused() if mask is None else mask[:, None]


def _unused() -> Tensor:
    """Return what the package's layers take for no mask at all."""
    return torch.ones((0, 0, 0), dtype=torch.bool)
