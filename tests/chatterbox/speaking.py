"""Runs utterances through a runner, and through the package's own loop."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor

from inference.engines.chatterbox.checkpoint import Checkpoint
from inference.engines.chatterbox.interface import Generator, Utterance
from inference.engines.chatterbox.model import make_runner
from inference.engines.chatterbox.prompt import Prompt
from inference.engines.chatterbox.runner import Runner
from inference.engines.chatterbox.settings import Settings
from inference.engines.chatterbox.text import token_ids
from inference.engines.chatterbox.voices import Voice

TEXT = "Hello there, this is a test."


def runner_for(checkpoint: Checkpoint, *, slots: int = 4, static: bool = False) -> Runner:
    settings = Settings(slots=slots, positions=1536 if checkpoint.family.guided else 2040)
    return make_runner(checkpoint, settings, static=static)


def prompt_for(checkpoint: Checkpoint, number: int = 0) -> Prompt:
    """Return the prompt of an invented voice; another ``number`` is another voice."""
    random = torch.Generator().manual_seed(number)
    speaker = torch.randn(256, generator=random).abs()
    tokens = checkpoint.family.recipe.tokens
    return Prompt(
        speaker=speaker / speaker.norm(),
        heard=torch.randint(0, 6561, (tokens,), generator=random),
        spoken=torch.randint(0, 6561, (40,), generator=random),
        mel=torch.randn(80, 80, generator=random) - 6,
        xvector=torch.randn(192, generator=random),
    )


def voice_for(runner: Runner, checkpoint: Checkpoint, number: int = 0) -> Voice:
    return Voice(prompt_for(checkpoint, number), runner.t3)


def utterance(voice: Any, checkpoint: Checkpoint, text: str = TEXT, **changes: Any) -> Utterance:
    language = "en" if len(checkpoint.family.languages) > 1 else None
    ids = token_ids(text, language, checkpoint.tokenizer, checkpoint.family)
    values = {"seed": 1, "temperature": 0.0, "cfg_weight": 0.5} | changes
    return Utterance(voice=voice, text=ids, **values)


@torch.inference_mode()
def speak(generator: Generator, utterances: list[Utterance], *, gap: int = 0) -> list[list[int]]:
    """Return the tokens of each; a new one joins as soon as ``gap`` steps have passed."""
    waiting, tokens = list(enumerate(utterances)), [[] for _ in utterances]
    slots: dict[int, int] = {}
    since = gap
    while waiting or slots:
        while waiting and since >= gap and generator.can_admit(waiting[0][1]):
            number, each = waiting.pop(0)
            slots[generator.admit(each)] = number
            since = 0
            if gap:
                break
        since += 1
        for commit in generator.step():
            if commit.error is not None:
                raise commit.error
            tokens[slots[commit.slot]].extend(commit.tokens)
            if commit.done:
                generator.release(commit.slot)
                del slots[commit.slot]
    return tokens


@contextmanager
def greedy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the package take the likeliest token."""

    def likeliest(probabilities: Tensor, num_samples: int) -> Tensor:
        return probabilities.argmax(-1, keepdim=True)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "multinomial", likeliest)
        yield


def stock_tokens(
    stock: Any, prompt: Prompt, each: Utterance, name: str, **changes: Any
) -> list[int]:
    """Return the tokens of the package's own loop."""
    from chatterbox.models.t3.modules.cond_enc import T3Cond

    condition = T3Cond(
        speaker_emb=prompt.speaker[None],
        cond_prompt_speech_tokens=prompt.heard[None],
        emotion_adv=each.exaggeration * torch.ones(1, 1, 1),
    )
    text = torch.tensor(each.text)[None]
    with torch.inference_mode():
        if name == "turbo":
            made = stock.t3.inference_turbo(
                t3_cond=condition, text_tokens=text, temperature=1.0, **changes
            )
            return made[0].tolist()
        marked = torch.cat([torch.tensor([[255]]), text, torch.tensor([[0]])], 1)
        penalty = {"english": 1.2, "multilingual-v2": 2.0}[name]
        made = stock.t3.inference(
            t3_cond=condition,
            text_tokens=marked.expand(2, -1),
            temperature=0.8,
            cfg_weight=each.cfg_weight,
            **{"repetition_penalty": penalty} | changes,
            min_p=0.05,
            top_p=1.0,
            max_new_tokens=each.most_tokens,
        )
    tokens = made[0].tolist()
    return tokens[:-1] if tokens[-1] == 6562 else tokens
