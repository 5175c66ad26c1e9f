"""A scheduler on tiny models, and a generator of blocks that is no Chatterbox at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from inference.engines.base import Samples
from inference.engines.chatterbox.checkpoint import Checkpoint
from inference.engines.chatterbox.ear import Ear
from inference.engines.chatterbox.interface import Commit, Cost, Spec, Utterance
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.noise import seed_of
from inference.engines.chatterbox.prompt import Prompt
from inference.engines.chatterbox.scheduler import Scheduler
from inference.engines.chatterbox.ticket import Ticket, Work
from inference.engines.chatterbox.vocoder import Vocoder
from inference.engines.chatterbox.voices import Voice, Voices
from tests.chatterbox.speaking import prompt_for, runner_for, utterance

TEXTS = ["Yes.", "A short one.", "Rather longer, this is.", "Hm!", "And one more."]


class Unmarked:
    """Stands for the watermark where only what is under it matters."""

    def mark(self, samples: Samples) -> Samples:
        return samples


def model_for(checkpoint: Checkpoint, *, slots: int = 4, padded: bool = False) -> Model:
    runner = runner_for(checkpoint, slots=slots)
    return Model(
        family=checkpoint.family,
        version=checkpoint.version,
        tokenizer=checkpoint.tokenizer,
        runner=runner,
        vocoder=Vocoder(
            checkpoint.s3gen, steps=checkpoint.family.flow_steps, most=8, padded=padded
        ),
        voices=Voices(runner.t3, version=checkpoint.version),
        ear=Ear(checkpoint),
        device=checkpoint.device,
    )


@contextmanager
def scheduler_for(model: Model, **changes: Any) -> Iterator[Scheduler]:
    scheduler = Scheduler(lambda: model, **({"watermarker": Unmarked(), "trace": True} | changes))
    try:
        yield scheduler
    finally:
        scheduler.close()


def begin_for(
    checkpoint: Checkpoint, text: str, *, voice: Voice | int = 0, **changes: Any
) -> Callable[[Model], Work]:
    """Return work in an invented voice, or in a given one."""

    def begin(model: Model) -> Work:
        speaker = voice
        if isinstance(speaker, int):
            speaker = Voice(prompt_for(checkpoint, speaker), model.runner.t3)
        each = utterance(speaker, checkpoint, text, **({"most_tokens": 30} | changes))
        return Work(speaker.prompt, each.seed, utterance=each)

    return begin


def is_at_rest(scheduler: Scheduler) -> bool:
    """Return whether nothing is left of anybody's work."""
    return scheduler.slots_used == scheduler.vocoding == scheduler.waiting == 0


def audio_of(ticket: Ticket) -> Samples:
    """Wait for all of a ticket's audio."""
    parts = [each for each in ticket.chunks(timeout=120) if each is not None]
    return np.concatenate([np.zeros(0, np.float32), *parts])


class Blocks:
    """Commits 16 tokens a step, as a model of block diffusion would."""

    def __init__(self, slots: int = 4, most_tokens: int = 200) -> None:
        self.spec = Spec("blocks", rows=1, granule=16, most_tokens=most_tokens)
        self._slots = slots
        self._running: dict[int, tuple[Utterance, int]] = {}

    @property
    def active(self) -> int:
        return len(self._running)

    @property
    def free(self) -> int:
        return self._slots - len(self._running)

    def cost(self, utterance: Utterance) -> Cost:
        return Cost(1, utterance.most_tokens)

    def can_admit(self, utterance: Utterance) -> bool:
        return len(self._running) < self._slots

    def admit(self, utterance: Utterance) -> int:
        slot = min(set(range(self._slots)) - set(self._running))
        self._running[slot] = (utterance, 0)
        return slot

    def step(self) -> list[Commit]:
        commits = []
        for slot, (each, made) in self._running.items():
            count = min(self.spec.granule, each.most_tokens - made)
            tokens = tuple(seed_of(each.seed, made + step) % 6561 for step in range(count))
            self._running[slot] = (each, made + count)
            commits.append(Commit(slot, tokens, done=made + count >= each.most_tokens))
        return commits

    def release(self, slot: int) -> None:
        del self._running[slot]


def nobody() -> Prompt:
    """Return a prompt whose values do not matter."""
    zeros = torch.zeros(4, dtype=torch.long)
    return Prompt(torch.zeros(256), zeros, zeros, torch.zeros(8, 80), torch.ones(192))
