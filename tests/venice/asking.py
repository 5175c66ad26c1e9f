"""Customers' requests in this dialect, and what every answer has to have."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from inference.audio.decode import probe
from tests.api.replies import assert_headers
from tests.support import recordings
from tests.support.callers import Caller

CLONING = "tts-chatterbox-hd"
TEXT = "The tide comes in at noon."
PREFIXES = ("/v1", "/api/v1")


def speak(caller: Caller, *, prefix: str = "/v1", headers: Any = None, **fields: Any) -> Any:
    """Ask for speech, in a system voice where none is named; None leaves a field out."""
    body = {"model": CLONING, "voice": "Aaron", "input": TEXT} | fields
    sent = {name: value for name, value in body.items() if value is not None}
    return caller.send(f"{prefix}/audio/speech", sent, headers=headers)


def upload(
    caller: Caller,
    recording: bytes | None = None,
    *,
    name: str = "voice.wav",
    prefix: str = "/v1",
    headers: Any = None,
    **form: Any,
) -> Any:
    """Upload a recording for a handle; one of six seconds where none is given."""
    content = recordings.wav(6.0) if recording is None else recording
    fields = {"model": CLONING, "file": SimpleUploadedFile(name, content)} | form
    sent = {key: value for key, value in fields.items() if value is not None}
    return caller.client.post(f"{prefix}/audio/voices", sent, headers=headers)


def handle(caller: Caller) -> str:
    """Return a handle that was just made."""
    reply = upload(caller)
    assert reply.status_code == 200, reply.content
    return str(reply.json()["id"])


def content(reply: Any) -> bytes:
    """Return a body, whether it was sent whole or in parts."""
    return bytes(reply.getvalue()) if reply.streaming else bytes(reply.content)


def spoken(reply: Any) -> bytes:
    """Return the audio of an answer that went well."""
    body = content(reply)
    assert reply.status_code == 200, body[:500]
    assert_headers(reply)
    return body


def seconds(audio: bytes) -> float:
    return probe(BytesIO(audio)).duration


def assert_error(
    reply: Any, status: int, code: str, *, param: str | None = None, message: str | None = None
) -> dict[str, Any]:
    """Check that a reply is an error in OpenAI's form; return what it says."""
    assert reply.status_code == status, content(reply)[:500]
    assert reply.headers["Content-Type"] == "application/json"
    assert_headers(reply)
    body = reply.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["code"], error["param"]) == (code, param)
    assert isinstance(error["message"], str)
    assert error["message"]
    if message is not None:
        assert error["message"] == message
    return error
