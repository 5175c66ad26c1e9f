"""The Chatterbox engine beside the package's own ``generate()``: same process, same weights.

    python -m benchmarks.engine [--tiny] [--tokens 200] [--runs 5] [--at-once 1,4,16]

Weights are random, of real size unless --tiny, and rigged to stop at a length that follows
from the text alone, so both sides make equally much. Runs alternate and medians are given,
so that a busy machine slows both alike. ``--parts t3`` leaves out S3Gen and the watermark.
Writes benchmarks/results/engine.json (engine-gpu.json on CUDA).
"""

# ruff: noqa: E402, PLC0415 - torch and the package are imported once the environment is set
import argparse
import copy
import gc
import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TQDM_DISABLE", "1")

import numpy as np
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
from inference.engines.chatterbox.watermark import Watermarker
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


def measure_t3(bench: Bench, report: dict[str, Any]) -> None:
    """Time decoding alone, per token; check that both sides make the same tokens."""
    options = bench.options
    count = options.tokens
    runner = bench.runner(max(options.at_once))
    bench.stock_tokens(2)
    bench.our_tokens(runner, max(options.at_once), 2)
    stock, ours = [], {size: [] for size in options.at_once}
    for _ in range(options.runs):
        expected, whole = bench.stock_tokens(count)
        _, prefill = bench.stock_tokens(1)
        stock.append((whole - prefill) / (len(expected) - 1))
        for size in options.at_once:
            tokens, seconds = bench.our_tokens(runner, size, count)
            ours[size].append(seconds / size)
            same = _equal(tokens, expected)
            report["tokens_identical"] = report.get("tokens_identical", True) and same
    base = statistics.median(stock) * 1000
    report["t3_stock_ms"] = round(base, 2)
    for size, seconds in ours.items():
        mine = statistics.median(seconds) * 1000
        report[f"t3_ms_{size}"] = round(mine, 2)
        name = "t3_single_ratio" if size == 1 else f"t3_batch{size}_ratio"
        report[name] = round(base / mine, 2)
    measure_precisions(bench, report, runner)


def measure_precisions(bench: Bench, report: dict[str, Any], exact: Runner) -> None:
    """Time lower precisions with one utterance, beside their error in the first logits."""
    for precision in bench.options.precisions:
        runner = bench.runner(1, precision)
        seconds = [
            bench.our_tokens(runner, 1, bench.options.tokens)[1] for _ in range(bench.options.runs)
        ]
        logits = []
        for each in (exact, runner):
            with torch.inference_mode():
                slot = each.admit(bench.utterance(Voice(bench.prompt, each.t3)))
                logits.append(each._logits[slot].clone())  # noqa: SLF001 - no one else needs it
                each.release(slot)
        error = (logits[0] - logits[1]).abs().max() / logits[0].std()
        report[f"t3_{precision}_ms"] = round(statistics.median(seconds) * 1000, 2)
        report[f"t3_{precision}_error"] = round(float(error), 4)


def measure_speech(bench: Bench, report: dict[str, Any]) -> None:
    """Time all of it, text to watermarked audio."""
    options = bench.options
    most = max(options.speech_at_once)
    model = Model.of(bench.checkpoint, bench.settings(most))
    model.warm_up()
    scheduler = Scheduler(lambda: model, watermarker=Watermarker())
    bench.stock.watermarker.apply_watermark(np.zeros(24_000, np.float32), sample_rate=24_000)
    stock, ours = [], {size: [] for size in options.speech_at_once}
    try:
        for _ in range(options.speech_runs):
            audio, seconds = bench.stock_speech()
            stock.append(audio / seconds)
            for size, rates in ours.items():
                audio, seconds = bench.our_speech(scheduler, size)
                rates.append(audio / seconds)
        report["first_audio_ms"] = round(
            statistics.median(bench.first_audio(scheduler) for _ in range(options.speech_runs))
            * 1000
        )
    finally:
        scheduler.close()
    base = statistics.median(stock)
    report["end_to_end_stock"] = round(base, 4)
    for size, rates in ours.items():
        report[f"end_to_end_{size}"] = round(statistics.median(rates), 4)
        report[f"end_to_end_ratio_{size}"] = round(statistics.median(rates) / base, 2)


def main() -> None:
    """Measure, print a table and write the results."""
    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    report: dict[str, Any] = {
        "machine": _machine(options),
        "date": datetime.now(UTC).date().isoformat(),
        "size": "tiny" if options.tiny else "real",
        **{f"{part}_tokens": options.tokens for part in options.parts},
        **{
            f"{part}_runs": options.runs if part == "t3" else options.speech_runs
            for part in options.parts
        },
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        gc.collect()
        if "t3" in options.parts:
            measure_t3(bench, report)
            gc.collect()
        if "speech" in options.parts:
            measure_speech(bench, report)
    report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    for name, value in report.items():
        print(f"{name:24} {value}")
    if not options.dry:
        _write(report, options, bench.checkpoint.device.type)


def _write(report: dict[str, Any], options: argparse.Namespace, device: str) -> None:
    """Write the results; of a run of one part, beside the other part's, which stay."""
    kind = "engine-gpu" if device == "cuda" else "engine"
    name = f"{kind}-tiny.local.json" if options.tiny else f"{kind}.json"
    file = ROOT / "benchmarks" / "results" / name
    if len(options.parts) == 1 and file.exists():
        report = {**json.loads(file.read_text()), **report}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(report, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    numbers: Callable[[str], list[int]] = lambda given: [int(each) for each in given.split(",")]  # noqa: E731
    names: Callable[[str], list[str]] = lambda given: [each for each in given.split(",") if each]  # noqa: E731
    parser.add_argument("--tiny", action="store_true", help="tiny weights, for a quick look")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--speech-runs", type=int, default=None)
    parser.add_argument("--at-once", type=numbers, default=None)
    parser.add_argument("--speech-at-once", type=numbers, default=None)
    parser.add_argument("--parts", type=names, default=["t3", "speech"])
    parser.add_argument("--precisions", type=names, default=None)
    parser.add_argument("--dry", action="store_true", help="write no file")
    options = parser.parse_args()
    cuda = choose_device(options.device).type == "cuda"
    options.at_once = options.at_once or ([1, 4, 16, 64] if cuda else [1, 4, 16])
    options.speech_at_once = options.speech_at_once or options.at_once
    options.speech_runs = options.speech_runs or options.runs
    if options.precisions is None:
        options.precisions = ["bfloat16"] if cuda else ["bfloat16", "int8"]
    return options


def _machine(options: argparse.Namespace) -> str:
    if choose_device(options.device).type == "cuda":
        return str(torch.cuda.get_device_name())
    return f"{os.cpu_count()} cores, {platform.machine()}, torch {torch.__version__}"


def _equal(tokens: list[int], expected: list[int]) -> bool:
    expected = expected[:-1] if expected[-1] == 6562 else expected
    return bool(tokens) and tokens == expected[: len(tokens)] and len(tokens) <= len(expected)


def _likeliest(probabilities: torch.Tensor, num_samples: int) -> torch.Tensor:  # noqa: ARG001
    return probabilities.argmax(-1, keepdim=True)


if __name__ == "__main__":
    main()
