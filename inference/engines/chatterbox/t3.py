"""T3, the model from text to speech tokens: embeddings, backbone and head as pure functions."""

from typing import Any

import torch
from torch import Tensor

from inference.engines.chatterbox.families import Family
from inference.engines.chatterbox.gpt2 import GPT2
from inference.engines.chatterbox.linear import packed
from inference.engines.chatterbox.llama import Llama
from inference.engines.chatterbox.settings import Precision

START_TEXT, STOP_TEXT = 255, 0
START_SPEECH, STOP_SPEECH = 6561, 6562
SPEECH_TOKENS = 6561
"""Ids below this one are sound; the rest are marks."""


class T3:
    """The package's T3 with its backbone replaced; keeps no state of any utterance."""

    def __init__(self, module: Any, family: Family, precision: Precision, positions: int) -> None:
        self._module = module
        self.family = family
        self.backbone = (
            Llama(module.tfmr, precision, positions)
            if family.guided
            else GPT2(module.tfmr, precision)
        )
        head = module.speech_head
        self._head = packed(head.weight, head.bias, precision)
        self.vocabulary: int = head.weight.shape[0]
        self.device = head.weight.device

    def prefix(self, speaker: Tensor, tokens: Tensor, exaggeration: float) -> Tensor:
        """Return the vectors that stand for a voice, (34 or 376, width).

        ``speaker`` (1, 256) is its embedding, ``tokens`` (1, n) what it said.
        """
        from chatterbox.models.t3.modules.cond_enc import T3Cond  # noqa: PLC0415

        mood = torch.full((1, 1, 1), exaggeration, device=self.device)
        # A new one each time: the package writes into the one it is given.
        condition = T3Cond(speaker_emb=speaker, cond_prompt_speech_tokens=tokens, emotion_adv=mood)
        vectors: Tensor = self._module.prepare_conditioning(condition)[0]
        return vectors

    def inputs(self, prefix: Tensor, text: Tensor, *, rows: int) -> Tensor:
        """Return what a prefill reads, (rows, length, width); ``text`` (n,) are token ids.

        Row 0 is the text; row 1, without it, is for guidance and keeps its positions.
        """
        module = self._module
        start = torch.tensor([START_SPEECH], device=self.device)
        if not self.family.guided:
            return torch.cat([prefix, module.text_emb(text), module.speech_emb(start)])[None]
        marks = torch.tensor([START_TEXT, STOP_TEXT], device=self.device)
        text = torch.cat([marks[:1], text, marks[1:]])
        places = module.text_pos_emb.emb.weight[: len(text)]
        begun = module.speech_emb(start) + module.speech_pos_emb.emb.weight[:1]
        words = torch.stack([module.text_emb(text), torch.zeros_like(places)])[:rows] + places
        # The package feeds the start of speech twice; so was the model used ever since.
        return torch.cat([each.expand(rows, -1, -1) for each in (prefix, words, begun, begun)], 1)

    def length(self, prefix: int, text: int) -> int:
        """Return how many positions a prefill takes."""
        return prefix + text + (4 if self.family.guided else 1)

    def speech(self, tokens: Tensor, steps: Tensor) -> Tensor:
        """Return the inputs for speech ``tokens`` (n,), the ``steps``-th (from 1) of each."""
        vectors: Tensor = self._module.speech_emb(tokens)
        if self.family.guided:
            vectors = vectors + self._module.speech_pos_emb.emb.weight[steps]
        return vectors

    def logits(self, states: Tensor) -> Tensor:
        """Return fp32 logits (rows, vocabulary) of the backbone's ``states`` (rows, width)."""
        return self._head(states).float()

    @property
    def most_text(self) -> int:
        """How many text tokens the model has positions for."""
        if not self.family.guided:
            return 10**6
        return int(self._module.text_pos_emb.emb.weight.shape[0]) - 2

    @property
    def most_speech(self) -> int:
        """How many speech tokens the model has positions for."""
        if self.family.guided:
            return int(self._module.speech_pos_emb.emb.weight.shape[0]) - 1
        return int(self._module.tfmr.wpe.weight.shape[0])
