"""How surely the watermark is found after everything that we do to audio, and others may.

    python -m benchmarks.watermark [--voices 4] [--joined] [--only tempo] [--json FILE]

Speech of the preview engine, several voices and sentences, is marked by Perth as the Chatterbox
engine marks its own: in chunks. Each treatment is applied to the marked and the unmarked clips
alike, and each is put to the detector that serves ``POST /watermark/detect``. Prints Markdown.
"""

import argparse
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np

from inference.audio.decode import decode
from inference.audio.encode import encode, rates
from inference.audio.resample import resample
from inference.audio.tempo import change_tempo
from inference.engines.base import OUTPUT_RATE, Samples, SynthesisParams
from inference.engines.chatterbox.detector_child import PERTH_RATE, confidence
from inference.engines.chatterbox.environment import prepare_imports
from inference.engines.chatterbox.watermark import FOUND, MarkedStream, Watermarker
from inference.engines.espeak import EspeakEngine
from inference.engines.espeak.system_voices import SYSTEM_VOICES, system_prompt

SENTENCES = (
    "The birch canoe slid on the smooth planks, and the swan dived through the warm water.",
    "On a clear morning you can hear the harbour bells long before you see the boats.",
    "Please bring the small brown box upstairs.",
    "Would you rather walk home along the river, or wait here for the evening train?",
)
CHUNK = OUTPUT_RATE  # samples, about the engine's longest hop
_BARE = {"pcm": "s16le", "ulaw": "mulaw"}
_THREADS = 2

Treatment: TypeAlias = Callable[[Samples], Samples]
"""Samples at 24 kHz in, samples at Perth's rate out."""


def nothing() -> None:
    """Take no notice of progress."""


def spoken(voices: int, *, joined: bool) -> Iterator[Samples]:
    """Yield clips of the preview engine, voices from all over the list.

    A clip is a sentence, or ``joined`` all of a voice's.
    """
    texts = (" ".join(SENTENCES),) if joined else SENTENCES
    engine = EspeakEngine()
    step = max(1, len(SYSTEM_VOICES) // voices)
    for number, voice in enumerate(SYSTEM_VOICES[::step][:voices]):
        for text in texts:
            prompt, params = system_prompt(voice.name), SynthesisParams(seed=number)
            chunks = engine.synthesize(text, prompt, params, progress=nothing)
            yield np.concatenate([chunk.samples for chunk in chunks])


def marked(watermarker: Watermarker, clip: Samples) -> Samples:
    """Return ``clip`` as it leaves the engine: marked chunk by chunk."""
    stream, edges = MarkedStream(watermarker), range(0, clip.size, CHUNK)
    parts = [stream.push(clip[at : at + CHUNK], last=at + CHUNK >= clip.size) for at in edges]
    return np.concatenate(parts)


def through(name: str, rate: int) -> Treatment:
    """Return the way through an encoder as we serve it, and back."""

    def treat(clip: Samples) -> Samples:
        data = encode([resample(clip, OUTPUT_RATE, rate)], name, rate)
        if name not in _BARE:
            return decode(io.BytesIO(data), rate=PERTH_RATE, max_seconds=60)
        options = {"sample_rate": str(rate)}
        with av.open(io.BytesIO(data), "r", format=_BARE[name], options=options) as file:
            blocks = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
        samples = np.concatenate(blocks).astype(np.float32) / np.float32(32768)
        return resample(samples, rate, PERTH_RATE)

    return treat


def at_perth(treat: Treatment) -> Treatment:
    """Return ``treat``, which stays at 24 kHz, followed by resampling for Perth."""
    return lambda clip: resample(treat(clip), OUTPUT_RATE, PERTH_RATE)


def paced(tempo: float) -> Treatment:
    """Return the change of tempo that a request may ask for, as MP3."""
    served = through("mp3", OUTPUT_RATE)
    return lambda clip: served(change_tempo(clip, OUTPUT_RATE, tempo))


def noisy(decibels: float) -> Treatment:
    """Return the adding of white noise so far below the speech."""

    def treat(clip: Samples) -> Samples:
        noise = np.random.default_rng(1).normal(0, 1, clip.size)
        level = np.sqrt(np.mean(clip**2)) * 10 ** (-decibels / 20)
        mixed: Samples = (clip + level * noise).astype(np.float32)
        return mixed

    return at_perth(treat)


def treatments() -> Iterator[tuple[str, Treatment]]:
    """Yield what is done to the clips: first what we do, then what others might."""
    for name in ("wav", "pcm", "flac", "mp3", "aac", "opus", "ulaw"):
        for rate in (24_000, 16_000, 8_000):
            usual = rate == (8_000 if name == "ulaw" else OUTPUT_RATE)
            if rate in rates(name) and (usual or name in {"wav", "mp3", "opus"}):
                yield f"{name}, {rate // 1000} kHz", through(name, rate)
    for tempo in (0.5, 2.0):
        yield f"tempo {tempo:g}, mp3", paced(tempo)
    yield "first second only", at_perth(lambda clip: clip[:OUTPUT_RATE])
    yield "20 dB quieter", at_perth(lambda clip: clip * np.float32(0.1))
    for decibels in (20, 10):
        yield f"white noise at -{decibels} dB", noisy(decibels)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--voices", type=int, default=4)
    arguments.add_argument("--joined", action="store_true", help="one long clip of each voice")
    arguments.add_argument("--only", default="", help="part of a treatment's name")
    arguments.add_argument("--json", type=Path)
    asked = arguments.parse_args()
    prepare_imports()
    torch = import_module("torch")
    torch.set_num_threads(_THREADS)
    torch.set_grad_enabled(False)
    watermarker = Watermarker()
    plain = list(spoken(asked.voices, joined=asked.joined))
    with_mark = [marked(watermarker, clip) for clip in plain]
    seconds = sum(clip.size for clip in plain) / OUTPUT_RATE
    print(
        f"{len(plain)} clips of {asked.voices} voices, {seconds:.0f} s in all,"
        f" {datetime.now(UTC):%Y-%m-%d}\n"
    )
    print("| treatment | found in marked | lowest | false alarms | highest of unmarked |")
    print("|---|---|---|---|---|")
    rows = []
    for name, treat in treatments():
        if asked.only not in name:
            continue
        hits = [confidence(watermarker, treat(clip)) for clip in with_mark]
        alarms = [confidence(watermarker, treat(clip)) for clip in plain]
        row = {
            "treatment": name,
            "clips": len(plain),
            "found": sum(each > FOUND for each in hits),
            "lowest": round(min(hits), 3),
            "false_alarms": sum(each > FOUND for each in alarms),
            "highest_unmarked": round(max(alarms), 3),
        }
        rows.append(row)
        print(
            f"| {name} | {row['found']} of {len(hits)} | {row['lowest']:.3f}"
            f" | {row['false_alarms']} of {len(alarms)} | {row['highest_unmarked']:.3f} |",
            flush=True,
        )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
