"""The package and our engine on the same weights, prompt and text, each asked for the same."""

# ruff: noqa: E402, PLC0415 - torch and the package are imported once the environment is set
import argparse
import copy
import gc
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from inference.engines.chatterbox.checkpoint import Checkpoint, choose_device, load_checkpoint
from inference.engines.chatterbox.environment import prepare_imports

prepare_imports()

from inference.engines.chatterbox.families import ENGLISH
from inference.engines.chatterbox.interface import Utterance
from inference.engines.chatterbox.model import Model, make_runner
from inference.engines.chatterbox.prompt import Prompt
from inference.engines.chatterbox.runner import Runner
from inference.engines.chatterbox.scheduler import Scheduler
from inference.engines.chatterbox.settings import Precision, Settings
from inference.engines.chatterbox.text import token_ids
from inference.engines.chatterbox.ticket import Work
from inference.engines.chatterbox.voices import Voice
from tests.chatterbox.checkpoints import RATIO, write_checkpoint
from tests.chatterbox.tiny import tiny_architecture

CFG = 0.5
PREFIX = 48  # positions for the voice and the marks, with some to spare
LETTERS = "the quick brown fox jumps over a lazy dog and "


class Bench:
    """Both sides on the same weights."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        from chatterbox.tts import ChatterboxTTS

        self.options = options
        device = choose_device(options.device)
        with tiny_architecture() if options.tiny else ExitStack():
            write_checkpoint(folder, ENGLISH, louder=10 if options.tiny else 1)
            self.stock: Any = ChatterboxTTS.from_local(folder, str(device))
            loaded = load_checkpoint(Settings(checkpoint=folder, device=str(device)))
        # One T3 for both; two S3Gens, since the engine folds a normalisation into its own.
        self.checkpoint: Checkpoint = replace(loaded, t3=self.stock.t3)
        del loaded
        gc.collect()
        conds = self.stock.conds
        self.prompt = Prompt(
            speaker=conds.t3.speaker_emb[0],
            heard=conds.t3.cond_prompt_speech_tokens[0],
            spoken=conds.gen["prompt_token"][0],
            mel=conds.gen["prompt_feat"][0],
            xvector=conds.gen["embedding"][0],
        )
        # Letters enough that the rigged weights do not stop before the wanted length.
        letters = round(options.tokens / RATIO) + 8
        self.text = ((LETTERS.replace(" ", "") * 20)[:letters]).capitalize() + "."
        self.ids = token_ids(self.text, None, self.stock.tokenizer, ENGLISH)

    def settings(self, slots: int, precision: Precision = "float32") -> Settings:
        # No larger than needed: a slot of real size takes half a megabyte a position.
        positions = PREFIX + len(self.ids) + 2 * self.options.tokens
        return Settings(slots=slots, positions=positions, dtype=precision)

    def runner(self, slots: int, precision: Precision = "float32") -> Runner:
        return make_runner(self.checkpoint, self.settings(slots, precision))

    def utterance(self, voice: Voice, number: int = 0, **changes: Any) -> Utterance:
        values = {"seed": number, "temperature": 0.0, "cfg_weight": CFG} | changes
        return Utterance(voice=voice, text=self.ids, **values)

    def sync(self) -> None:
        if self.checkpoint.device.type == "cuda":
            torch.cuda.synchronize()

    def stock_tokens(self, count: int) -> tuple[list[int], float]:
        """Return the stock loop's greedy tokens and the seconds they took."""
        text = torch.tensor([255, *self.ids, 0], device=self.checkpoint.device)
        begun = time.perf_counter()
        with mock.patch.object(torch, "multinomial", _likeliest), torch.inference_mode():
            made = self.stock.t3.inference(
                t3_cond=copy.deepcopy(self.stock.conds.t3),
                text_tokens=text.expand(2, -1),
                max_new_tokens=count,
                temperature=0.8,
                cfg_weight=CFG,
                repetition_penalty=1.2,
                min_p=0.05,
                top_p=1.0,
            )
        self.sync()
        return made[0].tolist(), time.perf_counter() - begun

    def our_tokens(self, runner: Runner, at_once: int, count: int) -> tuple[list[int], float]:
        """Return the tokens of one of ``at_once`` utterances, and seconds a step."""
        voice = Voice(self.prompt, runner.t3)
        tokens: list[int] = []
        with torch.inference_mode():
            slots = [runner.admit(self.utterance(voice)) for _ in range(at_once)]
            self.sync()
            begun = time.perf_counter()
            for _ in range(count):
                for commit in runner.step():
                    if commit.slot == slots[0]:
                        tokens.extend(commit.tokens)
            self.sync()
            seconds = (time.perf_counter() - begun) / count
            if len(tokens) != count:
                raise RuntimeError(f"{len(tokens)} tokens instead of {count}: no comparison")
            for slot in slots:
                runner.release(slot)
        return tokens, seconds

    def stock_speech(self) -> tuple[float, float]:
        """Return seconds of audio and of work of the stock ``generate()``."""
        begun = time.perf_counter()
        with mock.patch.object(torch, "multinomial", _likeliest):
            audio = self.stock.generate(self.text, cfg_weight=CFG)
        self.sync()
        return audio.shape[-1] / 24_000, time.perf_counter() - begun

    def our_speech(self, scheduler: Scheduler, at_once: int) -> tuple[float, float]:
        """Return seconds of audio and of work of ``at_once`` utterances."""
        begun = time.perf_counter()
        tickets = [scheduler.submit(self.begin(number)) for number in range(at_once)]
        samples = sum(
            chunk.size
            for ticket in tickets
            for chunk in ticket.chunks(timeout=7200)
            if chunk is not None
        )
        return samples / 24_000, time.perf_counter() - begun

    def first_audio(self, scheduler: Scheduler) -> float:
        """Return the seconds from hand-in to the first audio of a stream."""
        begun = time.perf_counter()
        ticket = scheduler.submit(self.begin(0), hops=True)
        next(chunk for chunk in ticket.chunks(timeout=7200) if chunk is not None)
        seconds = time.perf_counter() - begun
        ticket.cancel()
        return seconds

    def begin(self, number: int) -> Callable[[Model], Work]:
        def work(model: Model) -> Work:
            voice = Voice(self.prompt, model.voices.t3)
            return Work(self.prompt, number, utterance=self.utterance(voice, number))

        return work


def _likeliest(probabilities: torch.Tensor, num_samples: int) -> torch.Tensor:  # noqa: ARG001
    return probabilities.argmax(-1, keepdim=True)
