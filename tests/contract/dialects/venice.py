from typing import Any, ClassVar

from tests.contract.asking import Ask
from tests.contract.dialects.base import (
    ADDRESSES,
    BAD_IDEMPOTENCY_KEYS,
    BASE64,
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
from tests.contract.world import CLONING_MODEL, World


def _invalid(param: str | None, says: str = "") -> Refused:
    """Return the refusal of a parameter; in this dialect it is named."""
    return Refused(400, "", says, param)


_NOT_FOUND = Refused(400, "voice_not_found", "does not exist", "voice")
_NO_ADDRESSES = Impossible("recordings come as files of a form")
_BODY = Refused(400, "invalid_request", "not valid JSON")

ANSWERS: Answers = {
    **each(KEYS, Refused(401, "invalid_api_key", "API key")),
    "key of another scope": Refused(403, "missing_scope", "scope speech"),
    "wrong method": Refused(405, "method_not_allowed", "Method not allowed"),
    "unknown path": Refused(404, "unknown_url", "No such endpoint"),
    "wrong content type": Refused(415, "unsupported_media_type", "Unsupported content type"),
    **each(NOT_JSON, _BODY),
    "JSON that is not an object": Refused(400, "invalid_type", "must be a JSON object"),
    "body over the limit": Refused(413, "PAYLOAD_TOO_LARGE", "too large"),
    "empty body": Refused(400, "missing_required_parameter", "Missing", "input"),
    "no text": Refused(400, "missing_required_parameter", "Missing", "input"),
    **each(("empty text", *SILENT_TEXTS), _invalid("input")),
    "text one too long": Refused(400, "string_above_max_length", "4096", "input"),
    **each(("text a number", "text a list", "text null"), _invalid("input")),
    "NUL in the text": _invalid("input", "null characters"),
    "lone surrogate in the text": _invalid("input", "surrogate characters"),
    "no voice": Impossible("a request that names none gets the voice that af_sky stands for"),
    "voice a number": _invalid("voice", "expected a string"),
    **each((*VOICES, "NUL in the voice"), _NOT_FOUND),
    "expired handle": Refused(400, "voice_expired", "expired", "voice"),
    "unknown format": Refused(400, "invalid_value", "must be one of", "response_format"),
    "unknown mode": Refused(400, "invalid_value", "must be one of", "stream_format"),
    **{
        f"{name} {what}": _invalid(name)
        for name in ("speed", "temperature", "exaggeration")
        for what in ("out of range", "a string")
    },
    **each(("speed NaN", "temperature NaN", "exaggeration NaN"), _BODY),
    "negative seed": _invalid("seed"),
    "unknown language": Impossible("Venice passes over a language that it does not know"),
    **each(
        BAD_IDEMPOTENCY_KEYS,
        Refused(400, "invalid_idempotency_key", "1 to 255 visible ASCII characters"),
    ),
    "idempotency key of another request": Refused(
        422, "idempotency_mismatch", "used for a different request"
    ),
    "not enough credits": Refused(402, "insufficient_quota", "Insufficient credits"),
    "rate limit exceeded": Refused(429, "rate_limit_exceeded", "Rate limit exceeded"),
    "no recording": Refused(400, "missing_required_parameter", "Missing", "file"),
    **each(NOT_AUDIO, _invalid("file")),
    "recording too short": Refused(400, "too_short", "at least 5 s", "file"),
    "silent recording": Refused(400, "silent", "The recording is silent.", "file"),
    "recording too large": Refused(413, "PAYLOAD_TOO_LARGE", "25 MB", "file"),
    "broken form": Refused(400, "missing_required_parameter", "Missing", "model"),
    "form without a boundary": Refused(400, "invalid_request", "not valid multipart/form-data"),
    "JSON instead of a form": Refused(415, "unsupported_media_type", "Unsupported content type"),
    "text instead of a file": _invalid("file"),
    **each(BASE64, _NO_ADDRESSES),
    **each(ADDRESSES, _NO_ADDRESSES),
    "private address of a webhook": Impossible("there are no webhooks of single requests"),
}


class Venice(Dialect):
    """`/api/v1/audio`, which OpenAI's clients find at `/v1/audio`."""

    package = "venice"
    where: ClassVar = {
        "text": "input",
        "voice": "voice",
        "format": "response_format",
        "mode": "stream_format",
        "speed": "speed",
        "temperature": "temperature",
        "exaggeration": "exaggeration",
        "seed": "seed",
        "language": "language",
        "recording": "file",
    }
    most_text = 4096
    shortest, most_bytes = 5.0, 25 * 1024 * 1024
    answers = ANSWERS

    def __init__(self, name: str, mount: str) -> None:
        self.name = name
        self.nowhere = f"{mount}/audio/speach"
        self._mount = mount

    def plain(self, world: World) -> Ask:
        body = {"model": CLONING_MODEL, "input": TEXT, "voice": "alloy"}
        return Ask(f"{self._mount}/audio/speech", world.ada.written, body)

    def reference(self, world: World, content: bytes) -> Ask:
        form = {"model": CLONING_MODEL, "file": content}
        return Ask(f"{self._mount}/audio/voices", world.ada.written, form=form)

    def good(self, ask: Ask) -> Any:
        reply = ask.send()
        assert reply.status_code == 200, reply.getvalue()[:500]
        assert reply.headers["Content-Type"] == "audio/mpeg"
        assert len(reply.getvalue()) > 1000
        return reply

    def check(self, reply: Any, answer: Refused | Fails) -> None:
        assert isinstance(answer, Refused)
        error = assert_json(reply, answer.status)
        assert set(error) == {"error"}
        said = error["error"]
        assert set(said) == {"message", "type", "param", "code"}
        assert answer.says in said["message"]
        assert said["param"] == answer.param
        assert said["code"] == answer.code or (said["code"] and not answer.code)
        kinds = {402: "insufficient_quota", 429: "requests"}
        assert said["type"] == kinds.get(answer.status, "invalid_request_error")
