"""Requests in the Chatterbox dialect, and what every answer to one has."""

import uuid
from typing import Any

from tests.api.replies import assert_headers
from tests.support.callers import Caller
from voiceclone import __version__

CLONING = "/v1/chatterbox/voice-cloning"
SPEAKING = "/v1/chatterbox/text-to-speech"
TEXT = "Good morning."

_JOB = {"job_id", "pid", "queue_id", "queue_length"}
REFUSAL = {"code", "id", "message", "build_number"} | _JOB
"""The fields of an answer that is an error."""
SPOKEN = REFUSAL | {"response", "run_time", "queue_time", "total_time"}
ACCEPTED = REFUSAL | {"max_queue_length"}
WEBHOOK = SPOKEN | {"endpoint"}


def speak(caller: Caller, text: str = TEXT, *, headers: dict[str, str] | None = None, **more: Any):
    """Ask for a text in the default voice."""
    return caller.send(SPEAKING, {"text": text, **more}, headers=headers or {})


def clone(caller: Caller, url: str, text: str = TEXT, **more: Any):
    """Ask for a text in the voice of a recording."""
    return caller.send(CLONING, {"text": text, "voice_audio_url": url, **more})


def said(reply: Any, status: int, fields: set[str]) -> dict[str, Any]:
    """Return the body of an answer, checked for what all of its kind have."""
    assert reply.status_code == status, reply.content[:500]
    assert reply.headers["Content-Type"] == "application/json"
    assert_headers(reply)
    body: dict[str, Any] = reply.json()
    assert set(body) == fields
    assert body["code"] == status
    assert body["build_number"] == __version__
    if "job_id" in fields:
        assert str(uuid.UUID(body["job_id"])) == body["job_id"]
        for name in ("pid", "queue_id", "queue_length"):
            assert type(body[name]) is int
            assert body[name] >= 0
    return body


def spoken(reply: Any) -> dict[str, Any]:
    return said(reply, 200, SPOKEN)


def refused(reply: Any, status: int, message: str) -> dict[str, Any]:
    body = said(reply, status, REFUSAL)
    assert body["message"] == message
    return body


def invalid(reply: Any, complaint: str) -> dict[str, Any]:
    return refused(reply, 400, f"Invalid request: {complaint}")
