"""Speaking a text or converting a recording, done by a worker."""

import time
from collections.abc import Iterable, Iterator

from inference.audio.encode import EXTENSIONS
from inference.audio.recording import read_recording
from inference.engines.base import (
    OUTPUT_RATE,
    AudioChunk,
    Engine,
    EngineError,
    Progress,
    Samples,
    SynthesisParams,
    VoicePrompt,
)
from inference.engines.registry import get_engine
from inference.jobs.errors import JobError
from inference.jobs.lifecycle import Claim, Outcome
from inference.jobs.runner import open_stored, progress_of, store
from inference.languages.detection import UnspokenLanguageError
from inference.live import LiveChunk, LiveWriter, open_writer
from speech.models import Speech, SpeechKind
from speech.recording import Metrics, Recording
from voices.languages import language_for
from voices.prompts import prompt_for

MAX_INPUT_SECONDS = 300.0
"""How long a recording to be converted may be."""


def make(held: Claim[Speech]) -> Outcome:
    """Make a speech's audio and store it; send it on as it is made where that was asked."""
    speech = held.job
    if speech.streamed_at is not None:
        # What has left cannot be taken back, and a second take might not continue the first.
        raise JobError("STREAM_BROKEN", "The stream broke off; what was not sent is refunded.")
    metrics = Metrics()
    engine = get_engine(speech.engine)
    progress = progress_of(held)
    found = prompt_for(speech.voice, engine, progress)
    metrics.prompt_was_stored = found.was_stored
    chunks = metrics.timed(_chunks(speech, engine, found.prompt, progress))
    recording = Recording(speech)
    if speech.live:
        # The headers before the first bytes say what speaks.
        Speech.objects.filter(pk=speech.pk, attempt=held.attempt).update(model=engine.model)
        _stream(held, chunks, recording)
    else:
        for chunk in chunks:
            recording.push(chunk.samples)
        recording.close()
    name = f"speeches/{speech.workspace_id}/{held.stem}{EXTENSIONS[speech.format]}"
    return Outcome(
        {
            "audio_name": store(held, name, recording.file()),
            "duration": round(recording.seconds, 3),
            "model": engine.model,
            "metrics": metrics.measured(),
            "watermarked": metrics.watermarked,
        }
    )


def _chunks(
    speech: Speech, engine: Engine, prompt: VoicePrompt, progress: Progress
) -> Iterator[AudioChunk]:
    watermark = not speech.no_watermark
    if speech.kind == SpeechKind.CONVERSION:
        audio = _input(speech)
        progress()
        return engine.convert(audio, OUTPUT_RATE, prompt, progress=progress, watermark=watermark)
    params = SynthesisParams(
        seed=speech.seed,
        language=_language(speech),
        exaggeration=speech.exaggeration,
        cfg_weight=speech.cfg_weight,
        temperature=speech.temperature,
        piece_words=speech.piece_words,
        watermark=watermark,
    )
    return engine.synthesize(speech.text, prompt, params, progress=progress)


def _language(speech: Speech) -> str:
    """Return what a speech is spoken in; older rows do not say it."""
    if speech.language:
        return speech.language
    try:
        return language_for(speech.text, voice=speech.voice, workspace=speech.workspace)
    except UnspokenLanguageError as error:
        raise EngineError("UNSUPPORTED_LANGUAGE", error.message, retryable=False) from error


def _input(speech: Speech) -> Samples:
    with open_stored(speech.input_name, "The recording could not be read.") as file:
        return read_recording(file, max_seconds=MAX_INPUT_SECONDS)


def _stream(held: Claim[Speech], chunks: Iterable[AudioChunk], recording: Recording) -> None:
    """Send each chunk as soon as it is encoded."""
    writer = open_writer(held.job.pk, held.attempt)
    sender = _Sender(writer, recording, held.attempt)
    try:
        for chunk in chunks:
            sender.send(recording.push(chunk.samples), text_bytes=chunk.text_bytes)
        sender.send(recording.close())
    except BaseException:
        writer.discard()
        raise
    writer.end()


class _Sender:
    """Numbers and measures what leaves; text counts with the first bytes after its end."""

    def __init__(self, writer: LiveWriter, recording: Recording, attempt: int) -> None:
        self._writer = writer
        self._recording = recording
        self._attempt = attempt
        self._began = time.monotonic()
        self._index = 0
        self._seconds = 0.0
        self._text_bytes = 0

    def send(self, data: bytes, *, text_bytes: int = 0) -> None:
        """Send what the recording has just given, if anything."""
        self._text_bytes += text_bytes
        if not data:
            return
        self._writer.write(
            LiveChunk(
                attempt=self._attempt,
                index=self._index,
                data=data,
                offset=self._recording.size - len(data),
                text_bytes=self._text_bytes,
                seconds=self._recording.seconds - self._seconds,
                elapsed=time.monotonic() - self._began,
            )
        )
        self._index += 1
        self._seconds = self._recording.seconds
