"""A voice prompt: what a reference recording becomes, immutable, kept as safetensors bytes."""

from dataclasses import dataclass
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from inference.engines.base import EngineError, VoicePrompt
from inference.engines.chatterbox.t3 import SPEECH_TOKENS

ENGINE: Final = "chatterbox"
MAX_PAYLOAD_BYTES: Final = 1 << 20

_SPEAKER, _XVECTOR, _MELS = 256, 192, 80
_MOST_TOKENS = 1000


@dataclass(frozen=True, slots=True)
class Prompt:
    """What T3 and S3Gen know of a voice.

    ``speaker`` (256,) float32 and ``heard`` (at most 375,) int64 tokens condition T3;
    ``spoken`` (n,) int64 tokens, ``mel`` (2n, 80) float32 and ``xvector`` (192,) float32
    condition S3Gen. Nobody writes to the tensors.
    """

    speaker: Tensor
    heard: Tensor
    spoken: Tensor
    mel: Tensor
    xvector: Tensor

    def payload(self) -> bytes:
        """Serialise: tokens as int16 and the mel spectrogram as float16, 83 KB in all."""
        payload: bytes = save_tensors(
            {
                "speaker": self.speaker.float().cpu().contiguous(),
                "heard": self.heard.to(torch.int16).cpu().contiguous(),
                "spoken": self.spoken.to(torch.int16).cpu().contiguous(),
                "mel": self.mel.half().cpu().contiguous(),
                "xvector": self.xvector.float().cpu().contiguous(),
            }
        )
        return payload

    def stored(self, *, model: str, version: str) -> VoicePrompt:
        """Return the prompt as the service keeps it."""
        return VoicePrompt(engine=ENGINE, model=model, version=version, payload=self.payload())

    @classmethod
    def load(cls, prompt: VoicePrompt, *, version: str, device: Any = "cpu") -> "Prompt":
        """Read a stored prompt. Raises EngineError ``PROMPT_MISMATCH`` for a foreign one."""
        if prompt.engine != ENGINE or prompt.version != version:
            raise _mismatch(f"{prompt.engine} {prompt.version}")
        if len(prompt.payload) > MAX_PAYLOAD_BYTES:
            raise _mismatch("a payload that is too large")
        try:
            tensors = load_tensors(prompt.payload)
            read = cls(
                speaker=tensors["speaker"].float(),
                heard=tensors["heard"].long(),
                spoken=tensors["spoken"].long(),
                mel=tensors["mel"].float(),
                xvector=tensors["xvector"].float(),
            )
        except (SafetensorError, KeyError, ValueError):
            raise _mismatch("a payload that cannot be read") from None
        if not read.plausible():
            raise _mismatch("values out of range")
        return cls(**{name: getattr(read, name).to(device) for name in cls.__slots__})

    def plausible(self) -> bool:
        """Return whether shapes and values are such as the engine writes."""
        tokens = (self.heard, self.spoken)
        vectors = (self.speaker, self.xvector, self.mel)
        return (
            self.speaker.shape == (_SPEAKER,)
            and self.xvector.shape == (_XVECTOR,)
            and all(each.dim() == 1 and 0 < len(each) <= _MOST_TOKENS for each in tokens)
            and all(int(each.min()) >= 0 and int(each.max()) < SPEECH_TOKENS for each in tokens)
            and self.mel.shape == (2 * len(self.spoken), _MELS)
            and all(bool(torch.isfinite(each).all()) for each in vectors)
        )


def _mismatch(what: str) -> EngineError:
    return EngineError(
        "PROMPT_MISMATCH",
        f"The voice was made for another engine or version ({what}).",
        retryable=False,
    )
