"""One text being spoken: its pieces in order, some generated ahead of the one that is due."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from inference.audio.fade import rise
from inference.audio.join import Joiner
from inference.audio.split import Piece
from inference.engines.base import (
    OUTPUT_RATE,
    AudioChunk,
    Progress,
    Samples,
    SynthesisParams,
    VoicePrompt,
)
from inference.engines.chatterbox.failures import no_speech
from inference.engines.chatterbox.interface import Utterance
from inference.engines.chatterbox.model import Model
from inference.engines.chatterbox.noise import seed_of
from inference.engines.chatterbox.scheduler import Scheduler
from inference.engines.chatterbox.settings import Settings
from inference.engines.chatterbox.text import token_ids
from inference.engines.chatterbox.ticket import Ticket, Work
from inference.text.prepare import has_words

_SILENCE_SECONDS: Final = 0.1  # stands for last pieces that give no sound
_FADE_SECONDS: Final = 0.008  # at the end of a piece that leaves in hops, as Joiner's


@dataclass(frozen=True, slots=True)
class Speech:
    """What is to be spoken: ``pieces`` of a text, in a voice and a language."""

    pieces: list[Piece]
    prompt: VoicePrompt
    params: SynthesisParams
    language: str

    def work(self, model: Model, number: int) -> Work:
        """Return the work of piece ``number``; runs where the model is."""
        voice = model.voices.get(self.prompt)
        seed = seed_of(self.params.seed, "piece", number)
        text = self.pieces[number].text
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


class Speaking:
    """Speaks one text through the scheduler, ``settings.ahead`` pieces at a time."""

    def __init__(
        self, speech: Speech, scheduler: Scheduler, settings: Settings, progress: Progress
    ) -> None:
        self._speech = speech
        self._scheduler = scheduler
        self._settings = settings
        self._progress = progress
        self._joiner = Joiner(OUTPUT_RATE)
        self._begun = False

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield the audio of all pieces; see the engine's protocol."""
        with self._scheduler.request():
            yield from self._pieces()

    def _pieces(self) -> Iterator[AudioChunk]:
        pieces, marked = self._speech.pieces, self._speech.params.watermark
        tickets: deque[Ticket | None] = deque()
        coming = iter(range(len(pieces)))
        silent_bytes, spoken = 0, False
        try:
            for number, piece in enumerate(pieces):
                while len(tickets) < self._settings.ahead and (new := next(coming, -1)) >= 0:
                    tickets.append(self._submit(new))
                silent_bytes += piece.text_bytes
                for samples, last in self._heard(tickets.popleft()):
                    spoken = True
                    yield AudioChunk(samples, number, silent_bytes if last else 0, marked)
                    silent_bytes = 0 if last else silent_bytes
        finally:
            for waiting in tickets:
                if waiting is not None:
                    waiting.cancel()
        if not spoken:
            raise no_speech()
        if silent_bytes:
            rest = np.zeros(round(_SILENCE_SECONDS * OUTPUT_RATE), dtype=np.float32)
            yield AudioChunk(rest, len(pieces) - 1, silent_bytes, marked)

    def _submit(self, number: int) -> Ticket | None:
        if not has_words(self._speech.pieces[number].text):
            return None
        opening, self._begun = not self._begun, True
        return self._scheduler.submit(
            partial(self._speech.work, number=number),
            hops=self._settings.hops == "always" or (self._settings.hops == "first" and opening),
            opening=opening,
            marked=self._speech.params.watermark,
        )

    def _heard(self, ticket: Ticket | None) -> Iterator[tuple[Samples, bool]]:
        """Yield a piece's audio, ready to follow the last one's, and whether it is the end."""
        if ticket is None:
            return
        parts = ticket.audio(timeout=self._settings.timeout, progress=self._progress)
        if ticket.hops:
            yield from self._in_hops(parts)
            return
        piece = np.concatenate([np.zeros(0, np.float32), *parts])
        if piece.size:
            yield self._joiner.push(piece), True

    def _in_hops(self, parts: Iterator[Samples]) -> Iterator[tuple[Samples, bool]]:
        heard = [next(parts, np.zeros(0, np.float32))]
        for samples in parts:
            yield heard[-1], False
            heard.append(samples)
        end = heard[-1].copy()
        if not end.size:
            return
        fall = rise(min(round(_FADE_SECONDS * OUTPUT_RATE), end.size))[::-1]
        end[-fall.size :] *= fall
        yield end, True
        # Later pieces take their level from this one, whose audio has left already.
        self._joiner.push(np.concatenate(heard))
