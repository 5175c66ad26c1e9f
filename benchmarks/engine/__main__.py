"""The Chatterbox engine beside the package's own ``generate()``: same process, same weights.

    python -m benchmarks.engine [--tiny] [--tokens 200] [--runs 5] [--at-once 1,4,16]

Weights are random, of real size unless --tiny, and rigged to stop at a length that follows
from the text alone, so both sides make equally much. Runs alternate and medians are given,
so that a busy machine slows both alike. ``--parts t3`` leaves out the lower precisions and
all that follows T3; a later run of the other parts completes the file.
Writes benchmarks/results/engine.json (engine-gpu.json on CUDA).
"""

import argparse
import gc
import json
import os
import platform
import resource
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from benchmarks.engine.measures import measure_precisions, measure_speech, measure_t3
from benchmarks.engine.sides import Bench
from inference.engines.chatterbox.checkpoint import choose_device

PARTS = {"t3": measure_t3, "precisions": measure_precisions, "speech": measure_speech}
RESULTS = Path(__file__).resolve().parents[1] / "results"


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
            f"{part}_runs": options.speech_runs if part == "speech" else options.runs
            for part in options.parts
        },
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
    }
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, Path(folder))
        gc.collect()
        for part in options.parts:
            PARTS[part](bench, report)
            gc.collect()
    report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    for name, value in report.items():
        print(f"{name:24} {value}")
    if not options.dry:
        _write(report, options, bench.checkpoint.device.type)


def _write(report: dict[str, Any], options: argparse.Namespace, device: str) -> None:
    """Write the results; of a run of some parts, beside those of the others, which stay."""
    kind = "engine-gpu" if device == "cuda" else "engine"
    name = f"{kind}-tiny.local.json" if options.tiny else f"{kind}.json"
    file = RESULTS / name
    if len(options.parts) < len(PARTS) and file.exists():
        former = json.loads(file.read_text())
        report = {**former, **report, "peak_mb": max(former["peak_mb"], report["peak_mb"])}
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(report, indent=2) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true", help="tiny weights, for a quick look")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--speech-runs", type=int, default=None)
    parser.add_argument("--at-once", type=_numbers, default=None)
    parser.add_argument("--speech-at-once", type=_numbers, default=None)
    parser.add_argument("--parts", type=_names, default=list(PARTS))
    parser.add_argument("--precisions", type=_names, default=None)
    parser.add_argument("--dry", action="store_true", help="write no file")
    options = parser.parse_args()
    cuda = choose_device(options.device).type == "cuda"
    options.at_once = options.at_once or ([1, 4, 16, 64] if cuda else [1, 4, 16])
    options.speech_at_once = options.speech_at_once or options.at_once
    options.speech_runs = options.speech_runs or options.runs
    if options.precisions is None:
        options.precisions = ["bfloat16"] if cuda else ["bfloat16", "int8"]
    return options


def _numbers(given: str) -> list[int]:
    return [int(each) for each in given.split(",")]


def _names(given: str) -> list[str]:
    return [each for each in given.split(",") if each]


def _machine(options: argparse.Namespace) -> str:
    if choose_device(options.device).type == "cuda":
        return str(torch.cuda.get_device_name())
    return f"{os.cpu_count()} cores, {platform.machine()}, torch {torch.__version__}"


if __name__ == "__main__":
    main()
