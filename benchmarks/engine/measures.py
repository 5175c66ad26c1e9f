"""What is timed: decoding alone, its precisions, text to audio; runs of both sides alternate."""

import statistics
import sys
from typing import Any

import numpy as np
import torch

from benchmarks.engine.sides import Bench
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.runner import Runner
from inference.engines.chatterbox.scheduler import Scheduler
from inference.engines.chatterbox.voices import Voice
from inference.engines.chatterbox.watermark import Watermarker

SOUNDS = 6561
"""The ids below are sounds; the rigged weights push those above far off."""


def measure_t3(bench: Bench, report: dict[str, Any]) -> None:
    """Time decoding alone, per token; check that both sides make the same tokens."""
    options = bench.options
    count = options.tokens
    runner = bench.runner(max(options.at_once))
    bench.stock_tokens(2)
    bench.our_tokens(runner, max(options.at_once), 2)
    stock, ours = [], {size: [] for size in options.at_once}
    for run in range(1, options.runs + 1):
        expected, whole = bench.stock_tokens(count)
        _, prefill = bench.stock_tokens(1)
        stock.append((whole - prefill) / (len(expected) - 1))
        for size in options.at_once:
            tokens, seconds = bench.our_tokens(runner, size, count)
            ours[size].append(seconds / size)
            same = _equal(tokens, expected)
            report["tokens_identical"] = report.get("tokens_identical", True) and same
        latest = ", ".join(f"{size} at once {each[-1] * 1000:.1f}" for size, each in ours.items())
        _say(f"T3, run {run}: the package {stock[-1] * 1000:.1f} ms a token, {latest}")
    base = statistics.median(stock) * 1000
    report["t3_stock_ms"] = round(base, 2)
    for size, seconds in ours.items():
        mine = statistics.median(seconds) * 1000
        report[f"t3_ms_{size}"] = round(mine, 2)
        name = "t3_single_ratio" if size == 1 else f"t3_batch{size}_ratio"
        report[name] = round(base / mine, 2)


def measure_precisions(bench: Bench, report: dict[str, Any]) -> None:
    """Time lower precisions with one utterance, beside how far their first logits are off.

    ``error`` is the root mean square in standard deviations of float32's logits of sounds;
    ``shift`` the total variation distance: the share of probability that went to other tokens.
    """
    options = bench.options
    exact = _first_logits(bench, bench.runner(1))
    for precision in options.precisions:
        runner = bench.runner(1, precision)
        _first_logits(bench, runner)
        seconds = [bench.our_tokens(runner, 1, options.tokens)[1] for _ in range(options.runs)]
        logits = _first_logits(bench, runner)
        error = (logits - exact).square().mean().sqrt() / exact.std()
        shift = (logits.softmax(-1) - exact.softmax(-1)).abs().sum() / 2
        report[f"t3_{precision}_ms"] = round(statistics.median(seconds) * 1000, 2)
        report[f"t3_{precision}_error"] = round(float(error), 4)
        report[f"t3_{precision}_shift"] = round(float(shift), 4)
        _say(f"{precision}: {_milliseconds(seconds)} ms a token")


def _first_logits(bench: Bench, runner: Runner) -> torch.Tensor:
    with torch.inference_mode():
        slot = runner.admit(bench.utterance(Voice(bench.prompt, runner.t3)))
        logits = runner._logits[slot, :SOUNDS].clone()  # noqa: SLF001 - no one else needs it
        runner.release(slot)
    return logits


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
        for run in range(1, options.speech_runs + 1):
            audio, seconds = bench.stock_speech()
            stock.append(audio / seconds)
            for size, rates in ours.items():
                audio, seconds = bench.our_speech(scheduler, size)
                rates.append(audio / seconds)
            latest = ", ".join(f"{size} at once {each[-1]:.3f}" for size, each in ours.items())
            _say(f"speech, run {run}: the package {stock[-1]:.3f} s of audio a second, {latest}")
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


def _milliseconds(seconds: list[float]) -> str:
    return ", ".join(f"{each * 1000:.1f}" for each in seconds)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _equal(tokens: list[int], expected: list[int]) -> bool:
    expected = expected[:-1] if expected[-1] == 6562 else expected
    return bool(tokens) and tokens == expected[: len(tokens)] and len(tokens) <= len(expected)
