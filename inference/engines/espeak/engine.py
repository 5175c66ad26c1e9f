"""The preview engine: real speech on any processor, shaped toward a reference."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from inference.audio.join import Joiner
from inference.audio.split import Piece
from inference.audio.trim import trim_silence
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
from inference.engines.espeak import process
from inference.engines.espeak.accent import retuned
from inference.engines.espeak.cloning import LEVEL, fit, measure
from inference.engines.espeak.conversion import converted
from inference.engines.espeak.languages import DEFAULT, voice_for, voices
from inference.engines.espeak.reading import names_in, runs_of, unread
from inference.engines.espeak.shape import ENGINE, VERSION, Shape, model_name
from inference.engines.espeak.shaping import shaped, utterance_of
from inference.engines.espeak.text import speakable
from inference.text.prepare import has_words, plain, prepared, prepared_pieces

_NOTHING = "The text holds nothing that can be spoken."
_SILENCE_SECONDS = 0.1  # stands for a last piece that gives no sound
_CONVERTED_SECONDS = 10  # in one chunk
_OPENING_BYTES = 90  # two or three short sentences
_AT_REST = 0.5  # the exaggeration at which voices are fitted


class EspeakEngine:
    """Speaks by espeak-ng, in a child process a piece of text; safe to share by threads.

    ``timeout`` is how many seconds a piece may take; ``child`` is the script that speaks.
    """

    name = ENGINE
    version = VERSION

    def __init__(
        self, *, timeout: float = process.TIMEOUT_SECONDS, child: Path = process.CHILD
    ) -> None:
        self._timeout = timeout
        self._child = child
        self.model = model_name()
        self.capabilities = Capabilities(
            languages=self.spoken_languages(),
            streaming=True,
            conversion=True,
            watermark=False,
            deterministic_seed=True,
        )

    @classmethod
    def spoken_languages(cls) -> frozenset[str]:
        """Return the tags espeak-ng has voices for."""
        return frozenset(voices())

    @classmethod
    def refusal(cls, text: str, language: str | None) -> str:
        """Return why ``text`` cannot be read, or nothing; see :class:`.Reader`."""
        read = plain(text)
        try:
            voice = voice_for(language)
        except EngineError:
            return ""
        if not has_words(read):
            read = prepared(text, names_in(voice)).text
        return _refusal(read, voice)

    def clone(self, reference: Samples, rate: int, *, progress: Progress) -> VoicePrompt:
        """Measure ``reference`` and fit espeak's voice to it; see the protocol."""
        return fit(measure(reference, rate), progress).to_prompt()

    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        """Speak ``text``, one chunk a piece; see the protocol.

        A wrong prompt, language or text is refused at the call, before the first chunk.
        """
        shape = Shape.from_prompt(prompt)
        voice = voice_for(params.language)
        pieces = prepared_pieces(text, names_in(voice), max_words=params.piece_words)
        refusal = _refusal(" ".join(piece.text for piece in pieces), voice)
        if refusal:
            raise EngineError("NO_SPEECH", refusal, retryable=False)
        varied = _varied(shape, params)
        at_home = voice == voices()[DEFAULT] and params.exaggeration == _AT_REST
        return self._spoken(pieces, varied, voice, params.seed, progress, tune=not at_home)

    def convert(
        self,
        audio: Samples,
        rate: int,
        prompt: VoicePrompt,
        *,
        progress: Progress,
        watermark: bool = True,  # noqa: ARG002 - it has none to leave out
    ) -> Iterator[AudioChunk]:
        """Move the pitch and spectrum of ``audio`` to the voice's; see the protocol."""
        shape = Shape.from_prompt(prompt)
        return _chunks(converted(audio, rate, shape, progress), progress)

    def close(self) -> None:
        """Nothing outlives an utterance, so there is nothing to release."""

    def _spoken(
        self,
        pieces: list[Piece],
        shape: Shape,
        voice: str,
        seed: int,
        progress: Progress,
        *,
        tune: bool,
    ) -> Iterator[AudioChunk]:
        if tune:
            shape = retuned(shape, self._speak(_opening(pieces), shape, voice, seed))
        joiner = Joiner(OUTPUT_RATE, level=LEVEL)
        silent_bytes = 0  # of pieces without sound; the next chunk finishes them too
        index = -1
        spoken = False
        for index, piece in enumerate(pieces):
            plain = self._speak(piece.text, shape, voice, seed)
            samples = trim_silence(shaped(plain, shape), OUTPUT_RATE) if plain.size else plain
            progress()
            if not samples.size:
                silent_bytes += piece.text_bytes
                continue
            yield AudioChunk(_joined(joiner, samples), index, silent_bytes + piece.text_bytes)
            spoken, silent_bytes = True, 0
        if not spoken:
            raise _no_speech()
        if silent_bytes:
            rest = np.zeros(round(_SILENCE_SECONDS * OUTPUT_RATE), dtype=np.float32)
            yield AudioChunk(rest, index, silent_bytes)

    def _speak(self, text: str, shape: Shape, voice: str, seed: int) -> Samples:
        """Return espeak's speech of one piece at its own rate, empty without words."""
        sounds = [np.zeros(0, dtype=np.float32)]
        for run in runs_of(text, voice):
            words = speakable(run.text)
            if has_words(words):
                utterance = utterance_of(shape, words, run.voice, seed=seed)
                sounds.append(process.speak(utterance, timeout=self._timeout, child=self._child))
        return np.concatenate(sounds)


def _opening(pieces: list[Piece]) -> str:
    """Return the first pieces, enough of them to hear where a language lies."""
    taken = size = 0
    while taken < len(pieces) and size < _OPENING_BYTES:
        size += pieces[taken].text_bytes
        taken += 1
    return " ".join(piece.text for piece in pieces[:taken])


def _joined(joiner: Joiner, samples: Samples) -> Samples:
    """Push a piece with silence after it, and take that off again.

    The joiner's level counts the frames above a piece's quietest tenth; with silence for
    that tenth all pieces are measured alike, however few pauses one has inside.
    """
    silence = samples.size // 8
    return joiner.push(np.pad(samples, (0, silence)))[: -silence or None]


def _varied(shape: Shape, params: SynthesisParams) -> Shape:
    """Apply what a request may change: livelier pitch, and the seed's own small touch."""
    random = Random(params.seed)  # noqa: S311 - reproducible, not secret
    spread = shape.spread * (0.7 + 0.6 * params.exaggeration) * random.uniform(0.98, 1.02)
    return replace(
        shape,
        spread=min(99, max(0, round(spread))),
        rate=round(shape.rate * random.uniform(0.98, 1.02)),
    )


def _chunks(samples: Samples, progress: Progress) -> Iterator[AudioChunk]:
    size = _CONVERTED_SECONDS * OUTPUT_RATE
    for index, at in enumerate(range(0, samples.size, size)):
        yield AudioChunk(samples[at : at + size], index, 0)
        progress()


def _refusal(text: str, voice: str) -> str:
    """Return why a prepared text cannot be read, or nothing."""
    if not has_words(text):
        return _NOTHING
    letter = unread(text, voice)
    if not letter:
        return ""
    hint = " Japanese has to be written in kana." if voice == "ja" else ""
    return f"The preview engine cannot read the letters of this text, such as {letter!r}.{hint}"


def _no_speech() -> EngineError:
    return EngineError("NO_SPEECH", _NOTHING, retryable=False)
