"""Every mount that speaks a text, asked for the same thing."""

from collections.abc import Callable
from typing import Any

from django.core.files.storage import default_storage

from speech.models import Speech
from tests.support.callers import AARON, Caller, run_jobs

Body = Callable[[str, dict[str, Any]], dict[str, Any]]

MOUNTS: dict[str, tuple[str, Body]] = {
    "native": ("/api/v1/tts", lambda text, more: {"text": text, "voiceId": AARON, **more}),
    "openai": (
        "/v1/audio/speech",
        lambda text, more: {
            "input": text,
            "voice": "Aaron",
            "response_format": "wav",
            "streaming": False,
            **more,
        },
    ),
    "venice": (
        "/api/v1/audio/speech",
        lambda text, more: {
            "input": text,
            "voice": "Aaron",
            "response_format": "wav",
            "streaming": False,
            **more,
        },
    ),
    "chatterbox": (
        "/v1/chatterbox/text-to-speech",
        lambda text, more: {"text": text, "webhook_url": "https://example.com/hook", **more},
    ),
    "runpod": (
        "/v2/studio/run",
        lambda text, more: {"input": {"operation": "tts", "text": text, **more}},
    ),
}


def ask(caller: Caller, mount: str, text: str, **more: Any) -> Any:
    """Ask a mount for a text, with ``language`` and the like in ``more``."""
    path, body = MOUNTS[mount]
    return caller.send(path, body(text, more))


def submitted(caller: Caller, mount: str, text: str, **more: Any) -> Speech:
    """Return the speech that a mount makes of a text."""
    before = set(Speech.objects.values_list("pk", flat=True))
    reply = ask(caller, mount, text, **more)
    assert reply.status_code in {200, 202}, reply.content
    speech: Speech = Speech.objects.exclude(pk__in=before).get()
    return speech


def audio(caller: Caller, mount: str, text: str, **more: Any) -> bytes:
    """Return the audio that a mount makes of a text."""
    speech = submitted(caller, mount, text, **more)
    run_jobs()
    done = Speech.get(speech.pk)
    assert done.state == "COMPLETED", done.error_message
    with default_storage.open(done.audio_name) as file:
        content: bytes = file.read()
    return content
