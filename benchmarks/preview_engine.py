"""How fast the preview engine is on one core, beside espeak-ng without its shaping.

    python benchmarks/preview_engine.py

Prints medians of five runs that alternate, so that a busy machine slows both alike.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inference.audio.split import split_text
from inference.engines.base import OUTPUT_RATE, SynthesisParams
from inference.engines.espeak import EspeakEngine
from inference.engines.espeak.process import NATIVE_RATE, Utterance, speak

RUNS = 5
GOAL = 10  # times faster than real time
TEXT = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "It is easy to tell the depth of a well. These days a chicken leg is a rare dish. "
    "Rice is often served in round bowls. The juice of lemons makes fine punch. "
) * 3
REFERENCE = "The hogs were fed chopped corn and garbage. Four hours of steady work faced us. " * 2


def nothing() -> None:
    """Take no notice of progress."""


def timed(work: Callable[[], float]) -> tuple[float, float]:
    """Return the seconds that ``work`` took and what it returned."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def main() -> int:
    """Measure and print; 1 where the goal is missed."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    engine = EspeakEngine()
    reference = speak(Utterance(REFERENCE, "en-us+Annie"))
    prompt = engine.clone(reference, NATIVE_RATE, progress=nothing)

    def unshaped() -> float:
        pieces = [speak(Utterance(piece.text, "en-us")) for piece in split_text(TEXT)]
        return sum(piece.size for piece in pieces) / NATIVE_RATE

    def shaped() -> float:
        chunks = engine.synthesize(TEXT, prompt, SynthesisParams(seed=1), progress=nothing)
        return sum(chunk.samples.size for chunk in chunks) / OUTPUT_RATE

    def first() -> float:
        chunks = engine.synthesize(TEXT, prompt, SynthesisParams(seed=1), progress=nothing)
        return next(chunks).samples.size / OUTPUT_RATE

    def clone() -> float:
        engine.clone(reference, NATIVE_RATE, progress=nothing)
        return reference.size / NATIVE_RATE

    def convert() -> float:
        chunks = engine.convert(reference, NATIVE_RATE, prompt, progress=nothing)
        return sum(chunk.samples.size for chunk in chunks) / OUTPUT_RATE

    works = {
        "unshaped espeak-ng": unshaped,
        "shaped": shaped,
        "first chunk": first,
        "clone": clone,
        "convert": convert,
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, work in works.items():
            taken[name].append(timed(work))
    print(f"{engine.model}, shaping {engine.version}, one core, median of {RUNS} runs")
    print(f"{'':20}{'seconds':>10}{'audio s':>10}{'x real time':>13}{'RTF':>9}")
    speeds = {}
    for name, runs in taken.items():
        seconds = statistics.median(run[0] for run in runs)
        audio = runs[0][1]
        speeds[name] = audio / seconds
        print(f"{name:20}{seconds:10.3f}{audio:10.1f}{speeds[name]:13.0f}{seconds / audio:9.4f}")
    met = speeds["shaped"] >= GOAL
    print(f"goal for shaped: {GOAL} x real time: {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
