"""What customers ask for below the dialects."""

from io import BytesIO
from typing import Any

from inference.audio.decode import decode, probe
from inference.engines.base import Samples
from speech.models import Speech
from speech.operations import ConversionRequest, SpeechRequest, submit_conversion, submit_speech
from tests.support import recordings
from tests.support.callers import AARON, Caller
from voices.models import Voice
from voices.passing import make_handle, voice_for_once


def ask(
    caller: Caller, text: str = "Good morning.", voice: Voice | None = None, **more: Any
) -> Speech:
    also = {"also": more.pop("also")} if "also" in more else {}
    return submit_speech(
        workspace=caller.workspace,
        voice=voice or Voice.get(AARON),
        wanted=SpeechRequest(text, **{"format": "wav"} | more),
        actor="test",
        **also,
    )


def ask_conversion(
    caller: Caller, recording: bytes, voice: Voice | None = None, **more: Any
) -> Speech:
    file = BytesIO(recording)
    return submit_conversion(
        workspace=caller.workspace,
        voice=voice or Voice.get(AARON),
        wanted=ConversionRequest(file, probe(file), **more),
        actor="test",
    )


def once(caller: Caller, recording: bytes | None = None, **more: Any) -> Voice:
    file = BytesIO(recordings.wav() if recording is None else recording)
    return voice_for_once(workspace=caller.workspace, recording=file, info=probe(file), **more)


def handle(caller: Caller) -> Voice:
    file = BytesIO(recordings.wav(6.0))
    return make_handle(
        workspace=caller.workspace, recording=file, info=probe(file), made_for="a-model"
    )


def audio_of(speech: Speech, rate: int = 24_000) -> Samples:
    from django.core.files.storage import default_storage

    with default_storage.open(Speech.get(speech.pk).audio_name) as file:
        return decode(BytesIO(file.read()), rate=rate, max_seconds=600)
