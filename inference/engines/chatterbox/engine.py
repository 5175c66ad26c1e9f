"""The engine as the service knows it: texts into pieces, pieces into the shared batch."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.audio.join import Joiner
from inference.audio.resample import resample
from inference.audio.split import Piece, split_text
from inference.engines.base import (
    OUTPUT_RATE,
    AudioChunk,
    Capabilities,
    EngineError,
    Progress,
    Samples,
    SynthesisParams,
    VoicePrompt,
)
from inference.engines.chatterbox.environment import environment_problems, prepare_imports
from inference.engines.chatterbox.families import ENGLISH, LANGUAGES
from inference.engines.chatterbox.languages import language_of, most_chars
from inference.engines.chatterbox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inference.engines.chatterbox.model import Model
    from inference.engines.chatterbox.ticket import Ticket, Work

_SILENCE_SECONDS = 0.1  # stands for last pieces that give no sound
_FADE_SECONDS = 0.008  # at the edges of a piece that leaves in hops, as Joiner's


@dataclass(frozen=True, slots=True)
class Status:
    """How the engine is doing; ``first_audio`` is the median of the last, in seconds."""

    model: str
    device: str
    loaded: bool
    active: int
    waiting: int
    finished: int
    failed: int
    cancelled: int
    tokens: int
    audio_seconds: float
    first_audio: float
    out_of_memory: int


class ChatterboxEngine:
    """Speaks with a Chatterbox model; one instance serves all threads with one batch.

    Made with ``settings``, or with those of the environment; the model is loaded and warm
    when the constructor returns. Raises EngineError ``ENGINE_UNAVAILABLE`` naming what is
    missing, ``MISCONFIGURED`` or ``WEIGHTS_MISSING``.
    """

    name = "chatterbox"

    def __init__(self, settings: Settings | None = None) -> None:
        problems = environment_problems()
        if problems:
            raise EngineError("ENGINE_UNAVAILABLE", " ".join(problems), retryable=False)
        prepare_imports()
        # Only now: these import torch, which may not be there.
        from inference.engines.chatterbox.model import Model, free_memory  # noqa: PLC0415
        from inference.engines.chatterbox.scheduler import Scheduler  # noqa: PLC0415
        from inference.engines.chatterbox.watermark import Watermarker  # noqa: PLC0415

        self._settings = settings or Settings.from_environment()
        self._watermarker = Watermarker()
        self._scheduler = Scheduler(
            lambda: Model.load(self._settings),
            watermarker=self._watermarker,
            idle_seconds=self._settings.idle_seconds,
            trace=self._settings.trace,
            unload=free_memory,
        )
        try:
            self._family, self.version, self._device = self._scheduler.call(
                lambda model: (model.family, model.version, str(model.device))
            )
        except BaseException:
            self._scheduler.close()
            raise
        self.model = f"chatterbox-{self._family.name}"
        self.capabilities = Capabilities(
            languages=self._family.languages,
            streaming=True,
            conversion=True,
            watermark=True,
            deterministic_seed=True,
        )

    @classmethod
    def spoken_languages(cls) -> frozenset[str]:
        """Return the languages of the model that the environment names."""
        multilingual = Settings.from_environment().model == "multilingual"
        return LANGUAGES if multilingual else ENGLISH.languages

    @property
    def status(self) -> Status:
        """What the engine is doing and has done."""
        counters = self._scheduler.counters
        return Status(
            model=self.model,
            device=self._device,
            loaded=self._scheduler.loaded,
            active=self._scheduler.active,
            waiting=self._scheduler.waiting,
            finished=counters.finished,
            failed=counters.failed,
            cancelled=counters.cancelled,
            tokens=counters.tokens,
            audio_seconds=counters.samples / OUTPUT_RATE,
            first_audio=float(np.median(list(counters.first_audio) or [0.0])),
            out_of_memory=counters.out_of_memory,
        )

    def clone(self, reference: Samples, rate: int, *, progress: Progress) -> VoicePrompt:
        """Make the prompt of a voice; see the protocol."""
        from inference.engines.chatterbox.ear import heard  # noqa: PLC0415 - imports torch

        audio = heard(reference, rate, least_seconds=self._family.recipe.least_seconds)
        progress()
        prompt = self._scheduler.call(lambda model: model.ear.prompt(audio))
        progress()
        return prompt.stored(model=self.model, version=self.version)

    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        """Speak ``text``; see the protocol.

        A wrong prompt, language or text is refused at the call, before the first chunk.
        Guidance (``cfg_weight``) and ``exaggeration`` mean nothing to Turbo and Nano, which
        ignore them.
        """
        self._check(prompt)
        language = language_of(params.language, self._family.languages)
        text = text.encode("utf-8", "replace").decode("utf-8")
        pieces = split_text(text, most_chars(language))
        if not any(map(_has_words, pieces)):
            raise _no_speech()
        return self._spoken(pieces, prompt, params, language, progress)

    def convert(
        self, audio: Samples, rate: int, prompt: VoicePrompt, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        """Say what ``audio`` says in the prompt's voice; see the protocol."""
        from inference.audio.trim import speech_seconds  # noqa: PLC0415
        from inference.engines.chatterbox.ear import segments  # noqa: PLC0415 - imports torch

        self._check(prompt)
        if audio.ndim != 1 or not audio.size or not np.all(np.isfinite(audio)):
            raise _no_speech()
        given = resample(audio.astype(np.float32), rate, OUTPUT_RATE)
        if not speech_seconds(given, OUTPUT_RATE):
            raise _no_speech()
        return self._converted(segments(given), prompt, progress)

    def detects_watermark(self, audio: Samples, rate: int) -> bool:
        """Return whether ``audio`` at ``rate`` Hz carries the watermark."""
        return self._watermarker.detects(audio, rate)

    def drain(self, timeout: float | None = None) -> bool:
        """Take no new work and finish what there is; returns whether it was finished."""
        return self._scheduler.drain(timeout)

    def close(self) -> None:
        """Stop the thread and let go of the device; work in progress fails as retryable."""
        from inference.engines.chatterbox.model import free_memory  # noqa: PLC0415

        self._scheduler.close()
        free_memory()

    def _check(self, prompt: VoicePrompt) -> None:
        from inference.engines.chatterbox.prompt import Prompt  # noqa: PLC0415 - imports torch

        Prompt.load(prompt, version=self.version)

    def _spoken(
        self,
        pieces: list[Piece],
        prompt: VoicePrompt,
        params: SynthesisParams,
        language: str,
        progress: Progress,
    ) -> Iterator[AudioChunk]:
        """Speak pieces in order, some of them generated ahead of the one that is due."""
        speakers = [_Speaker(prompt, params, language, number) for number in range(len(pieces))]
        tickets: deque[Ticket | None] = deque()
        coming = iter(zip(pieces, speakers, strict=True))
        joiner = Joiner(OUTPUT_RATE)
        silent_bytes, spoken = 0, False
        try:
            for number, piece in enumerate(pieces):
                while len(tickets) < self._settings.ahead and (new := next(coming, None)):
                    tickets.append(self._submit(*new))
                ticket = tickets.popleft()
                sounded = False
                for samples, last in self._heard(ticket, joiner, progress):
                    bytes_now = silent_bytes + piece.text_bytes if last else 0
                    silent_bytes = 0 if last else silent_bytes
                    yield AudioChunk(samples, number, bytes_now)
                    sounded = spoken = True
                if not sounded:
                    silent_bytes += piece.text_bytes
        finally:
            for waiting in tickets:
                if waiting is not None:
                    waiting.cancel()
        if not spoken:
            raise _no_speech()
        if silent_bytes:
            rest = np.zeros(round(_SILENCE_SECONDS * OUTPUT_RATE), dtype=np.float32)
            yield AudioChunk(rest, len(pieces) - 1, silent_bytes)

    def _submit(self, piece: Piece, speaker: _Speaker) -> Ticket | None:
        if not _has_words(piece):
            return None
        hops = self._settings.hops
        if hops == "auto":
            hops = "never" if self._device == "cpu" else "first"
        in_hops = hops == "always" or (hops == "first" and speaker.number == 0)
        return self._scheduler.submit(lambda model: speaker.work(model, piece.text), hops=in_hops)

    def _heard(
        self, ticket: Ticket | None, joiner: Joiner, progress: Progress
    ) -> Iterator[tuple[Samples, bool]]:
        """Yield a piece's audio, ready to follow the last one's, and whether it is the end."""
        if ticket is None:
            return
        if ticket.hops:
            yield from self._heard_in_hops(ticket, joiner, progress)
            return
        parts = self._parts(ticket, progress)
        piece = np.concatenate([np.zeros(0, np.float32), *parts])
        if piece.size:
            yield joiner.push(piece), True

    def _heard_in_hops(
        self, ticket: Ticket, joiner: Joiner, progress: Progress
    ) -> Iterator[tuple[Samples, bool]]:
        parts: list[Samples] = []
        held: Samples | None = None
        for samples in self._parts(ticket, progress):
            parts.append(samples)
            if held is not None:
                yield held, False
            held = samples
        if held is None:
            return
        fall = _rise(min(round(_FADE_SECONDS * OUTPUT_RATE), held.size))[::-1]
        start = held.size - fall.size
        yield np.concatenate([held[:start], held[start:] * fall]), True
        # Later pieces take their level from this one, whose audio has left already.
        joiner.push(np.concatenate(parts))

    def _parts(self, ticket: Ticket, progress: Progress) -> Iterator[Samples]:
        try:
            for samples in ticket.chunks(timeout=self._settings.timeout):
                progress()
                if samples is not None:
                    yield samples
        finally:
            ticket.cancel()

    def _converted(
        self, parts: list[Samples], prompt: VoicePrompt, progress: Progress
    ) -> Iterator[AudioChunk]:
        for number, part in enumerate(parts):
            ticket = self._scheduler.submit(_Converter(prompt, part, number).work)
            audio = np.concatenate([np.zeros(0, np.float32), *self._parts(ticket, progress)])
            if audio.size:
                yield AudioChunk(_edged(audio), number, 0)


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Makes the work of one piece on the scheduler's thread."""

    prompt: VoicePrompt
    params: SynthesisParams
    language: str
    number: int

    def work(self, model: Model, text: str) -> Work:
        from inference.engines.chatterbox.interface import Utterance  # noqa: PLC0415
        from inference.engines.chatterbox.noise import seed_of  # noqa: PLC0415
        from inference.engines.chatterbox.text import token_ids  # noqa: PLC0415
        from inference.engines.chatterbox.ticket import Work  # noqa: PLC0415

        voice = model.voices.get(self.prompt)
        seed = seed_of(self.params.seed, "piece", self.number)
        utterance = Utterance(
            voice=voice,
            text=token_ids(text, self.language, model.tokenizer, model.family),
            seed=seed,
            temperature=self.params.temperature,
            cfg_weight=self.params.cfg_weight,
            exaggeration=self.params.exaggeration,
            most_tokens=model.runner.spec.most_tokens,
        )
        return Work(voice.prompt, seed, utterance=utterance)


@dataclass(frozen=True, slots=True)
class _Converter:
    """Makes the work of one stretch of speech to be converted."""

    prompt: VoicePrompt
    audio: Samples
    number: int

    def work(self, model: Model) -> Work:
        from inference.engines.chatterbox.noise import seed_of  # noqa: PLC0415
        from inference.engines.chatterbox.ticket import Work  # noqa: PLC0415

        voice = model.voices.get(self.prompt)
        tokens = tuple(model.ear.tokens(self.audio))
        return Work(voice.prompt, seed_of(0, "conversion", self.number), tokens=tokens)


def _edged(audio: Samples) -> Samples:
    """Return ``audio`` faded in and out, so that it joins what is around it at a pause."""
    rise = _rise(min(round(_FADE_SECONDS * OUTPUT_RATE), audio.size // 2))
    whole = np.ones(audio.size - 2 * rise.size, np.float32)
    return np.asarray(audio * np.concatenate([rise, whole, rise[::-1]]), np.float32)


def _rise(size: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(size) / max(size, 1))).astype(np.float32)


def _has_words(piece: Piece) -> bool:
    return any(letter.isalnum() for letter in piece.text)


def _no_speech() -> EngineError:
    return EngineError("NO_SPEECH", "There is nothing in it that can be spoken.", retryable=False)
