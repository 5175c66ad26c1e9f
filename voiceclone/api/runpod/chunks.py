"""What ``/stream`` hands out: the audio since the last call, each part a WAV of its own."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.http import JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from inference.audio.encode import wav_header
from inference.jobs.model import JobState
from inference.live import LiveChunk, LiveLostError, recent
from speech.delivery import begin_delivery, note_delivered
from speech.models import Call, Speech
from speech.retries import SENT_BYTES
from voiceclone.api.runpod.errors import ApiError
from voiceclone.api.runpod.responses import NO_JOB, status_of

_HEADER = len(wav_header(24_000, 0))
_SAMPLE = 2  # bytes
_PART = 1024 * 1024
"""Bytes of stored audio in one part."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``begin`` to ``end`` of the stored file, which are there if it is still made."""

    begin: int
    end: int
    data: bytes | None = None


def stream(call: Call) -> HttpResponseBase:
    """Answer with the parts that nobody has been given yet.

    Raises:
        ApiError: the job was cancelled, so that clients stop asking.
    """
    status = status_of(call)
    if status == "CANCELLED":
        raise ApiError(404, "Job was cancelled")
    speech = call.speech
    if speech is None or speech.state not in (JobState.RUNNING, JobState.COMPLETED):
        return JsonResponse({"status": status, "stream": []})
    chunks = _live(call, speech)
    parts = [_part(chunk) for chunk in chunks]
    if not parts and speech.state == JobState.COMPLETED:
        parts = _stored(call, speech)
    if not parts or not _taken(call, len(parts), parts[-1].end):
        return JsonResponse({"status": status, "stream": []})
    if chunks:
        note_delivered(speech.pk, chunks[-1].attempt, chunks[-1].text_bytes)
    return _answer(call, speech, parts)


def _live(call: Call, speech: Speech) -> list[LiveChunk]:
    """Return what of the live stream is new and may be handed out."""
    if not speech.live:
        return []
    try:
        chunks, _ended = recent(speech.pk, after=call.stream_position)
    except LiveLostError:
        return []
    return chunks if chunks and begin_delivery(speech.pk, chunks[0].attempt) else []


def _part(chunk: LiveChunk) -> Part:
    begin = max(chunk.offset, _HEADER)
    end = chunk.offset + len(chunk.data)
    return Part(begin, end, chunk.data[begin - chunk.offset :])


def _stored(call: Call, speech: Speech) -> list[Part]:
    begin = call.asked.get(SENT_BYTES, _HEADER)
    try:
        size = default_storage.size(speech.audio_name)
    except FileNotFoundError as error:
        raise ApiError(404, NO_JOB) from error
    return [Part(at, min(at + _PART, size)) for at in range(begin, size, _PART)]


def _taken(call: Call, count: int, reached: int) -> bool:
    """Note what is handed out; False where another request was quicker."""
    waiting = Call.objects.filter(
        pk=call.pk, speech=call.speech, stream_position=call.stream_position
    )
    return bool(
        waiting.update(
            stream_position=call.stream_position + count,
            asked=call.asked | {SENT_BYTES: reached},
        )
    )


def _answer(call: Call, speech: Speech, parts: list[Part]) -> HttpResponseBase:
    status = json.dumps(status_of(call))
    try:
        file = None if parts[0].data is not None else default_storage.open(speech.audio_name)
    except FileNotFoundError as error:
        raise ApiError(404, NO_JOB) from error
    outputs = _outputs(call.stream_position + 1, speech, parts, file)
    return StreamingHttpResponse(_written(status, outputs), content_type="application/json")


def _outputs(number: int, speech: Speech, parts: list[Part], file: Any) -> Iterator[dict[str, Any]]:
    rate = speech.sample_rate
    try:
        for count, part in enumerate(parts, number + 1):
            data = part.data
            if data is None:
                file.seek(part.begin)
                data = file.read(part.end - part.begin)
            if not data:
                continue  # a header alone
            yield {
                "audio": base64.b64encode(wav_header(rate, len(data)) + data).decode(),
                "sample_rate": rate,
                "chunk": count,
                "duration": round(len(data) / _SAMPLE / rate, 3),
            }
    finally:
        if file is not None:
            file.close()


def _written(status: str, outputs: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    yield f'{{"status": {status}, "stream": ['.encode()
    separator = ""
    for output in outputs:
        yield f"{separator}{json.dumps({'output': output})}".encode()
        separator = ", "
    yield b"]}"
