import uuid
from typing import Any, ClassVar

from tests.contract.asking import Ask
from tests.contract.dialects.base import (
    ADDRESSES,
    BAD_IDEMPOTENCY_KEYS,
    BASE64,
    FORMS,
    HOSTILE_HOSTS,
    KEYS,
    NOT_AUDIO,
    NOT_JSON,
    SILENT_TEXTS,
    TEXT,
    VOICES,
    Answers,
    Dialect,
    Fails,
    Impossible,
    Refused,
    assert_json,
    each,
)
from tests.contract.world import World
from tests.support import recordings
from voiceclone import __version__

CLONING = "/v1/chatterbox/voice-cloning"
_SHORT = {"code", "message", "build_number"}
"""Of requests that no view has read."""
_LONG = _SHORT | {"id", "job_id", "pid", "queue_id", "queue_length"}
_ID = "voice-clone-123"
_KEPT = frozenset({"voices.voice", "speech.speech", "speech.call", "billing.entry"})
"""A job that failed, its call, its voice, the charge and the refund."""


def _invalid(says: str) -> Refused:
    return Refused(400, "", f"Invalid request: {says}")


_NO_VOICES = Impossible("a voice is given by the address of a recording")

ANSWERS: Answers = {
    **each(KEYS, Refused(401, "short", "Invalid or missing API key")),
    "key of another scope": Refused(403, "", "scope speech"),
    "wrong method": Refused(405, "", "Method not allowed"),
    "unknown path": Refused(404, "short", "No such endpoint"),
    "wrong content type": Refused(415, "", "Content-Type must be application/json"),
    **each(NOT_JSON, _invalid("the body is not valid JSON")),
    "JSON that is not an object": _invalid("the body is not of type 'object'"),
    "body over the limit": Refused(413, "short", "Request body too large"),
    **each(("empty body", "no text"), _invalid("'text' is a required property")),
    **each(("empty text", *SILENT_TEXTS), _invalid("'text' should be non-empty")),
    "text one too long": _invalid("'text' is too long"),
    **each(
        ("text a number", "text a list", "text null"), _invalid("'text' is not of type 'string'")
    ),
    "NUL in the text": _invalid("'text' must not contain null characters"),
    "lone surrogate in the text": _invalid("'text' must not contain lone surrogates"),
    **each(("no voice", "no recording"), _invalid("'voice_audio_url' is a required property")),
    "voice a number": _invalid("'voice_audio_url' is not of type 'string'"),
    "NUL in the voice": _invalid("'voice_audio_url'"),
    "unknown voice": _invalid("'voice_audio_url' is not acceptable"),
    **each(VOICES[1:], _NO_VOICES),
    "expired handle": _NO_VOICES,
    "unknown format": _invalid("Additional properties are not allowed ('format'"),
    "unknown mode": _invalid("'model_type' is not one of"),
    **each(
        ("speed out of range", "speed a string"),
        _invalid("Additional properties are not allowed ('speed'"),
    ),
    **each(
        ("temperature out of range", "temperature a string"),
        _invalid("Additional properties are not allowed ('temperature'"),
    ),
    "exaggeration out of range": _invalid("'emotion_intensity' is greater than the maximum of 2"),
    "exaggeration a string": _invalid("'emotion_intensity' is not of type 'number'"),
    **each(
        ("speed NaN", "temperature NaN", "exaggeration NaN"),
        _invalid("the body is not valid JSON"),
    ),
    "negative seed": _invalid("Additional properties are not allowed ('seed'"),
    "unknown language": _invalid("'language' is not one of the supported languages"),
    **each(BAD_IDEMPOTENCY_KEYS, Refused(400, "", "1 to 255 visible ASCII characters")),
    "idempotency key of another request": Refused(422, "", "used for a different request"),
    "not enough credits": Refused(402, "", "Insufficient credits"),
    "rate limit exceeded": Refused(429, "short", "Rate limit exceeded"),
    **each(
        (*NOT_AUDIO, "recording too short", "silent recording"),
        Fails("Error reading reference audio: ", _KEPT),
    ),
    "recording too large": Fails("Error downloading reference audio: ", _KEPT),
    **each(FORMS, Impossible("it takes no forms")),
    **each(BASE64, Impossible("recordings come by their address")),
    **each(HOSTILE_HOSTS, _invalid("'voice_audio_url' is not acceptable: The URL leads to")),
    ADDRESSES[3]: _invalid("'voice_audio_url' is not acceptable: The URL must begin with http"),
    "private address of a webhook": _invalid("'webhook_url' is not acceptable: The URL leads to"),
}


class Chatterbox(Dialect):
    """`/v1/chatterbox`."""

    name = "chatterbox"
    package = "chatterbox"
    where: ClassVar = {
        "text": "text",
        "voice": "voice_audio_url",
        "format": "format",
        "mode": "model_type",
        "speed": "speed",
        "temperature": "temperature",
        "exaggeration": "emotion_intensity",
        "seed": "seed",
        "language": "language",
        "webhook": "webhook_url",
        "recording": "voice_audio_url",
        "address": "voice_audio_url",
    }
    nowhere = "/v1/chatterbox/voice-clonin"
    most_text = 5000
    shortest, most_bytes = 1.0, 20 * 1024 * 1024
    answers = ANSWERS

    def plain(self, world: World) -> Ask:
        return self.reference(world, recordings.wav(4.0))

    def reference(self, world: World, content: bytes) -> Ask:
        body = {"text": TEXT, "voice_audio_url": world.shelf.put(content), "id": _ID}
        return Ask(CLONING, world.ada.written, body, key_header="x-api-key")

    def good(self, ask: Ask) -> Any:
        reply = ask.send()
        assert assert_json(reply, 200)["message"] == "success"
        return reply

    def check(self, reply: Any, answer: Refused | Fails) -> None:
        failed = isinstance(answer, Fails)
        body = assert_json(reply, 400 if isinstance(answer, Fails) else answer.status)
        assert body["code"] == reply.status_code
        assert answer.says in body["message"]
        assert body["build_number"] == __version__
        if not failed and answer.code == "short":
            assert set(body) == _SHORT
            return
        more = {"credits", "needCredits"} if reply.status_code == 402 else set()
        assert set(body) == _LONG | more
        assert body["id"] in (_ID, None)
        assert str(uuid.UUID(body["job_id"])) == body["job_id"]
        assert all(isinstance(body[name], int) for name in ("pid", "queue_id", "queue_length"))
