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
    of,
)
from tests.contract.world import World
from tests.support.callers import AARON, run_jobs

TTS = "/api/v1/tts"


def _invalid(says: str) -> Refused:
    return Refused(400, "INVALID_PARAMETERS", says)


_NO_VOICE = Refused(404, "NOT_FOUND", "Voice not found or not available")
_WRONG_TYPE = _invalid("Invalid file type. Supported formats: MP3, WAV, WebM")

ANSWERS: Answers = {
    **each(KEYS, Refused(401, "UNAUTHORIZED", "Authentication required")),
    "key of another scope": Refused(403, "FORBIDDEN", "scope speech"),
    "wrong method": Refused(405, "METHOD_NOT_ALLOWED", "Method not allowed"),
    "unknown path": Refused(404, "NOT_FOUND", "No such endpoint"),
    "wrong content type": Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported content type"),
    **each(NOT_JSON, _invalid("not valid JSON")),
    "JSON that is not an object": _invalid("must be a JSON object"),
    "body over the limit": Refused(413, "PAYLOAD_TOO_LARGE", "too large"),
    **each(
        ("empty body", "no text", "empty text", "text null", *SILENT_TEXTS),
        _invalid("Text is required"),
    ),
    "text one too long": _invalid("exceeds maximum length of 5000 bytes"),
    **each(("text a number", "text a list"), _invalid("text: Not a valid string")),
    "NUL in the text": _invalid("Null characters"),
    "lone surrogate in the text": _invalid("Surrogate characters"),
    "no voice": _invalid("voiceId is required"),
    "voice a number": _invalid("voiceId: Not a valid string"),
    "NUL in the voice": _invalid("Null characters"),
    **each((*VOICES, "expired handle"), _NO_VOICE),
    "unknown format": _invalid("format: Must be one of"),
    "unknown mode": Impossible("there are no modes; fields not known are passed over"),
    **each((*of("speed"), *of("temperature"), *of("exaggeration")), _invalid("")),
    **each(("speed NaN", "temperature NaN", "exaggeration NaN"), _invalid("not valid JSON")),
    "negative seed": _invalid("seed: "),
    "unknown language": _invalid("language: Not supported"),
    **each(BAD_IDEMPOTENCY_KEYS, _invalid("1 to 255 visible ASCII characters")),
    "idempotency key of another request": Refused(
        422, "IDEMPOTENCY_MISMATCH", "used for a different request"
    ),
    "not enough credits": Refused(429, "USAGE_LIMIT_EXCEEDED", "Insufficient credits"),
    "rate limit exceeded": Refused(429, "RATE_LIMITED", "Rate limit exceeded"),
    "no recording": _invalid("Voice file is required"),
    **each(NOT_AUDIO, _WRONG_TYPE),
    "empty recording": _invalid("The file is empty."),
    "video without sound": _invalid("The file contains no audio."),
    "recording too short": _invalid("at least 1 s are needed"),
    "silent recording": _invalid("The recording is silent."),
    "recording too large": _invalid("File size exceeds 20MB limit"),
    "broken form": _invalid("Voice file is required"),
    "form without a boundary": _invalid("not valid multipart/form-data"),
    "JSON instead of a form": Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported content type"),
    "text instead of a file": _invalid("Voice file is required"),
    **each(BASE64, Impossible("recordings come as files of a form")),
    **each(ADDRESSES, Impossible("recordings come as files of a form")),
    "private address of a webhook": _invalid("address that is not allowed"),
}


class Native(Dialect):
    """`/api/v1`."""

    name = "native"
    package = "native"
    where: ClassVar = {
        "text": "text",
        "voice": "voiceId",
        "format": "format",
        "speed": "speed",
        "temperature": "temperature",
        "exaggeration": "exaggeration",
        "seed": "seed",
        "language": "language",
        "recording": "voice",
    }
    nowhere = "/api/v1/ttx"
    most_text = 5000
    shortest, most_bytes = 1.0, 20 * 1024 * 1024
    answers = ANSWERS

    def plain(self, world: World) -> Ask:
        return Ask(TTS, world.ada.written, {"text": TEXT, "voiceId": AARON})

    def reference(self, world: World, content: bytes) -> Ask:
        return Ask("/api/v1/voice-clone", world.ada.written, form={"voice": content})

    def hook(self, world: World, url: str) -> Ask:
        return Ask("/api/v1/webhooks", world.ada.written, {"url": url})

    def good(self, ask: Ask) -> Any:
        reply = ask.send()
        speech_id = assert_json(reply, 200)["speechId"]
        run_jobs()
        shown = ask.but(path=f"{TTS}/{speech_id}", method="GET", body=None).send()
        assert shown.json()["speech"]["status"] == "COMPLETED"
        return reply

    def check(self, reply: Any, answer: Refused | Fails) -> None:
        assert isinstance(answer, Refused)
        body = assert_json(reply, answer.status)
        assert body["code"] == answer.code
        assert answer.says in body["error"]
        more = {"credits", "needCredits"} if answer.code == "USAGE_LIMIT_EXCEEDED" else set()
        assert set(body) == {"code", "error"} | more
