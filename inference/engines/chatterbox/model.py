"""A loaded model ready to speak: runner, vocoder, voices and the ear that makes prompts."""

import gc
from dataclasses import dataclass
from typing import Any, Final

import torch

from inference.engines.chatterbox.checkpoint import Checkpoint, load_checkpoint
from inference.engines.chatterbox.ear import Ear
from inference.engines.chatterbox.families import Family
from inference.engines.chatterbox.interface import Generator, Spec, Utterance
from inference.engines.chatterbox.prompt import Prompt
from inference.engines.chatterbox.runner import Runner
from inference.engines.chatterbox.settings import Precision, Settings
from inference.engines.chatterbox.stream import Stream
from inference.engines.chatterbox.t3 import T3
from inference.engines.chatterbox.text import token_ids
from inference.engines.chatterbox.vocoder import Vocoder
from inference.engines.chatterbox.voices import Voice, Voices

_SLOTS: Final = {"cuda": 64, "mps": 4, "cpu": 4}
_VOCODED_AT_ONCE: Final = {"cuda": 8}
_WARMING_TOKENS: Final = 8


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that belongs to loaded weights; owned by the scheduler's thread."""

    family: Family
    version: str
    tokenizer: Any
    runner: Generator
    vocoder: Vocoder
    voices: Voices
    ear: Ear
    device: torch.device

    @classmethod
    def load(cls, settings: Settings) -> "Model":
        """Load what ``settings`` name and warm it up. Raises EngineError."""
        if settings.threads:
            torch.set_num_threads(settings.threads)
        model = cls.of(load_checkpoint(settings), settings)
        model.warm_up()
        return model

    @classmethod
    def of(cls, checkpoint: Checkpoint, settings: Settings) -> "Model":
        """Build it on a checkpoint in memory."""
        runner = make_runner(checkpoint, settings)
        cuda = checkpoint.device.type == "cuda"
        return cls(
            family=checkpoint.family,
            version=checkpoint.version,
            tokenizer=checkpoint.tokenizer,
            runner=runner,
            vocoder=Vocoder(
                checkpoint.s3gen,
                steps=checkpoint.family.flow_steps,
                most=_VOCODED_AT_ONCE.get(checkpoint.device.type, 1),
                padded=cuda,
            ),
            voices=Voices(runner.t3, version=checkpoint.version),
            ear=Ear(checkpoint),
            device=checkpoint.device,
        )

    def warm_up(self) -> None:
        """Speak a few tokens to nobody, so that no caller pays for what happens only once."""
        prompt = _blank_prompt(self.family, self.device)
        voice = Voice(prompt, self.voices.t3)
        text = token_ids("Hello.", "en", self.tokenizer, self.family)
        with torch.inference_mode():
            slot = self.runner.admit(Utterance(voice=voice, text=text, seed=0))
            for _ in range(_WARMING_TOKENS):
                self.runner.step()
            self.runner.release(slot)
            tokens = [0] * _WARMING_TOKENS
            self.vocoder.speak([Stream(prompt, 0, hops=False, tokens=tokens, ended=True)])


def _blank_prompt(family: Family, device: torch.device) -> Prompt:
    return Prompt(
        speaker=torch.full((256,), 1 / 16, device=device),
        heard=torch.zeros(family.recipe.tokens, dtype=torch.long, device=device),
        spoken=torch.zeros(25, dtype=torch.long, device=device),
        mel=torch.full((50, 80), -6.0, device=device),
        xvector=torch.ones(192, device=device),
    )


def precision_for(settings: Settings, device: torch.device) -> Precision:
    """Return the precision T3 runs in: as set, else bfloat16 on CUDA and float32 elsewhere."""
    if settings.dtype != "auto":
        return settings.dtype
    return "bfloat16" if device.type == "cuda" else "float32"


def make_runner(
    checkpoint: Checkpoint, settings: Settings, *, static: bool | None = None
) -> Runner:
    """Build the generator; ``static`` (by default on CUDA) for fixed shapes."""
    family, device = checkpoint.family, checkpoint.device
    t3 = T3(checkpoint.t3, family, precision_for(settings, device), settings.positions)
    rows = 2 if family.guided else 1
    slots = settings.slots or _slots(t3, rows, settings.positions)
    most = min(settings.max_tokens, t3.most_speech)
    spec = Spec(
        model=f"chatterbox-{family.name}",
        rows=rows,
        granule=1,
        most_tokens=most,
    )
    fixed = device.type == "cuda" if static is None else static
    return Runner(t3, spec, rows=rows * slots, positions=settings.positions, static=fixed)


def _slots(t3: T3, rows: int, positions: int) -> int:
    """Return how many utterances to generate at once, by the device and its free memory."""
    most = _SLOTS.get(t3.device.type, 4)
    if t3.device.type != "cuda":
        return most
    backbone = t3.backbone
    a_row = 2 * backbone.layers * positions * backbone.width * backbone.dtype.itemsize
    free, _ = torch.cuda.mem_get_info(t3.device)
    # The other half is for the vocoder, which needs more the longer its batch.
    return max(1, min(most, int(free / 2 // (rows * a_row))))


def free_memory() -> None:
    """Return what torch keeps of the device's memory but does not use."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
