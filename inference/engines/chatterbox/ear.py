"""What listens: a reference becomes a prompt, and speech to be converted becomes tokens."""

import math
from typing import Final

import numpy as np
import torch

from inference.audio.resample import resample
from inference.audio.trim import speech_seconds, trim_silence
from inference.engines.base import OUTPUT_RATE, EngineError, Samples
from inference.engines.chatterbox.checkpoint import Checkpoint
from inference.engines.chatterbox.prompt import Prompt

HEARD_RATE: Final = 16_000
"""Sample rate in Hz of what tokenizer and voice encoder hear."""
MOST_SECONDS: Final = 30

_S3GEN_SECONDS = 10
_TOKEN_SAMPLES = OUTPUT_RATE // 25
_LEAST_SPEECH = 0.3


class Ear:
    """The listening parts of a checkpoint; used by one thread alone."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._s3gen = checkpoint.s3gen
        self._encoder = checkpoint.encoder
        self._recipe = checkpoint.family.recipe
        self._device = checkpoint.device

    def prompt(self, reference: Samples) -> Prompt:
        """Make a prompt of what :func:`heard` returned for a reference, (n,) at 24 kHz."""
        audio = _at_loudness(reference, self._recipe.lufs)
        low = resample(audio, OUTPUT_RATE, HEARD_RATE)
        whole = audio.size - audio.size % _TOKEN_SAMPLES
        excerpt = audio[: min(whole, _S3GEN_SECONDS * OUTPUT_RATE)]
        with torch.inference_mode():
            s3gen = self._s3gen.embed_ref(excerpt, OUTPUT_RATE, device=self._device)
            opening = low[: self._recipe.heard_seconds * HEARD_RATE]
            heard, _ = self._s3gen.tokenizer.forward([opening], max_len=self._recipe.tokens)
            speaker = torch.from_numpy(
                self._encoder.embeds_from_wavs([low], sample_rate=HEARD_RATE)
            ).mean(0)
        spoken = s3gen["prompt_token"][0]
        count = min(len(spoken), s3gen["prompt_feat"].shape[1] // 2)
        return Prompt(
            speaker=speaker.float().cpu(),
            heard=heard[0].long().cpu(),
            spoken=spoken[:count].long().cpu(),
            mel=s3gen["prompt_feat"][0, : 2 * count].float().cpu(),
            xvector=s3gen["embedding"][0].float().cpu(),
        )

    def tokens(self, audio: Samples) -> list[int]:
        """Return the speech tokens of ``audio`` (n,) at 24 kHz, 25 a second."""
        low = resample(audio, OUTPUT_RATE, HEARD_RATE)
        with torch.inference_mode():
            tokens, _ = self._s3gen.tokenizer(torch.from_numpy(low).to(self._device)[None])
        heard: list[int] = tokens[0].tolist()
        return heard


def heard(samples: Samples, rate: int, *, least_seconds: float) -> Samples:
    """Return a reference without outer silence, at 24 kHz, of 30 s at most.

    Raises EngineError ``REFERENCE_UNUSABLE`` for one without speech or shorter than
    ``least_seconds``.
    """
    if samples.ndim != 1 or not samples.size or not np.all(np.isfinite(samples)):
        raise _unusable("is not audio")
    trimmed = trim_silence(samples.astype(np.float32), rate)[: MOST_SECONDS * rate]
    audio = resample(trimmed, rate, OUTPUT_RATE)
    if speech_seconds(audio, OUTPUT_RATE) < _LEAST_SPEECH:
        raise _unusable("holds no speech")
    if audio.size < least_seconds * OUTPUT_RATE:
        raise _unusable(f"holds less than {least_seconds:g} seconds of speech")
    return np.clip(audio, -1, 1)


def _at_loudness(samples: Samples, lufs: float | None) -> Samples:
    if lufs is None:
        return samples
    import pyloudnorm  # noqa: PLC0415 - only some models want it

    loudness = float(pyloudnorm.Meter(OUTPUT_RATE).integrated_loudness(samples))
    gain = 10 ** ((lufs - loudness) / 20)
    if not math.isfinite(gain) or gain <= 0:
        return samples
    # In float32 throughout: the package's own step makes float64 of it under NumPy 2, which
    # its tokenizer refuses.
    return np.asarray(samples * np.float32(gain), dtype=np.float32)


def _unusable(why: str) -> EngineError:
    return EngineError("REFERENCE_UNUSABLE", f"The recording {why}.", retryable=False)
