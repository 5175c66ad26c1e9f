"""Somebody's speech being said again in another voice, a stretch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from inference.audio.fade import faded
from inference.audio.resample import resample
from inference.audio.trim import speech_seconds
from inference.engines.base import OUTPUT_RATE, AudioChunk, Progress, Samples, VoicePrompt
from inference.engines.chatterbox.failures import no_speech
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.noise import seed_of
from inference.engines.chatterbox.scheduler import Scheduler
from inference.engines.chatterbox.ticket import Work

_LONGEST_SECONDS: Final = 20.0
_FADE_SECONDS: Final = 0.008  # at the edges of a stretch, which lie at pauses


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is to be converted: ``stretches`` of speech at 24 kHz, into a voice."""

    stretches: list[Samples]
    prompt: VoicePrompt
    watermark: bool

    @classmethod
    def of(cls, audio: Samples, rate: int, prompt: VoicePrompt, *, watermark: bool) -> "Conversion":
        """Prepare ``audio`` at ``rate`` Hz. Raises EngineError ``NO_SPEECH``."""
        if audio.ndim != 1 or not audio.size or not np.all(np.isfinite(audio)):
            raise no_speech()
        given = resample(audio.astype(np.float32), rate, OUTPUT_RATE)
        if not speech_seconds(given, OUTPUT_RATE):
            raise no_speech()
        return cls(stretches(given, longest=_LONGEST_SECONDS), prompt, watermark)

    def work(self, model: Model, number: int) -> Work:
        """Return the work of stretch ``number``; runs where the model is."""
        voice = model.voices.get(self.prompt)
        tokens = tuple(model.ear.tokens(self.stretches[number]))
        return Work(voice.prompt, seed_of(0, "conversion", number), tokens=tokens)

    def chunks(
        self, scheduler: Scheduler, *, timeout: float, progress: Progress
    ) -> Iterator[AudioChunk]:
        """Yield a chunk for each stretch; see the engine's protocol."""
        with scheduler.request():
            for number in range(len(self.stretches)):
                ticket = scheduler.submit(
                    partial(self.work, number=number),
                    opening=not number,
                    marked=self.watermark,
                )
                parts = ticket.audio(timeout=timeout, progress=progress)
                audio = np.concatenate([np.zeros(0, np.float32), *parts])
                if audio.size:
                    fade = round(_FADE_SECONDS * OUTPUT_RATE)
                    yield AudioChunk(faded(audio, fade), number, 0, self.watermark)


def stretches(samples: Samples, *, longest: float) -> list[Samples]:
    """Cut speech at 24 kHz into stretches of at most ``longest`` seconds, at quiet places."""
    size, frame = round(longest * OUTPUT_RATE), OUTPUT_RATE // 50
    parts: list[Samples] = []
    while samples.size > size:
        search = samples[size * 3 // 4 : size]
        frames = search[: search.size - search.size % frame].reshape(-1, frame)
        quietest = int(np.square(frames).sum(1).argmin())
        cut = size * 3 // 4 + quietest * frame + frame // 2
        parts.append(samples[:cut])
        samples = samples[cut:]
    return [*parts, samples]
