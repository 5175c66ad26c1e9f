import base64
import uuid
from typing import Any, ClassVar

from tests.contract.asking import Ask
from tests.contract.dialects.base import (
    ADDRESSES,
    BAD_IDEMPOTENCY_KEYS,
    FORMS,
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
from tests.runpod.customer import body_of

RUNSYNC = "/v2/studio/runsync"


def _refused(status: int, says: str) -> Refused:
    return Refused(status, "", says)


def _fails(says: str) -> Fails:
    return Fails(says, frozenset({"speech.call"}))


_NO_SUCH = Impossible("there is no such parameter; those not known are passed over")

ANSWERS: Answers = {
    **each(KEYS, _refused(401, "Unauthorized")),
    "key of another scope": _refused(403, "scope speech"),
    "wrong method": _refused(405, "Method not allowed"),
    "unknown path": _refused(404, "No such endpoint"),
    "wrong content type": _refused(415, "Unsupported content type"),
    **each(NOT_JSON, _refused(400, "not valid JSON")),
    "JSON that is not an object": _refused(400, "must be a JSON object"),
    "body over the limit": _refused(413, "too large"),
    "empty body": _refused(400, "input"),
    **each(("no text", "text null"), _fails("text")),
    **each(("empty text", *SILENT_TEXTS), _fails("Text cannot be empty")),
    "text one too long": _fails("at most 5000 characters"),
    **each(("text a number", "text a list"), _fails("text: Not a valid string")),
    "NUL in the text": _fails("Null characters"),
    "lone surrogate in the text": _fails("Surrogate characters"),
    "no voice": Impossible("Amy speaks where no voice is named"),
    "voice a number": _fails("voice_id: Not a valid string"),
    "NUL in the voice": _fails("Null characters"),
    **each((*VOICES, "expired handle"), _fails("not found in any library")),
    "unknown format": Impossible("the audio is always a WAV"),
    "unknown mode": _fails("Unknown mode: turbo"),
    **each(of("speed"), _NO_SUCH),
    **each(
        ("temperature out of range", "temperature a string"),
        _fails("temperature: "),
    ),
    **each(
        ("exaggeration out of range", "exaggeration a string"),
        _fails("exaggeration: "),
    ),
    **each(("temperature NaN", "exaggeration NaN"), _refused(400, "not valid JSON")),
    "negative seed": _NO_SUCH,
    "unknown language": _fails("language: Not supported"),
    **each(BAD_IDEMPOTENCY_KEYS, _refused(400, "1 to 255 visible ASCII characters")),
    "idempotency key of another request": _refused(422, "used for a different request"),
    "not enough credits": _refused(402, "Insufficient credits"),
    "rate limit exceeded": _refused(429, "Rate limit exceeded"),
    "no recording": _fails("reference_audio"),
    **each(NOT_AUDIO, _fails("(reference_audio)")),
    "recording too short": _fails("at least 1 s are needed"),
    "silent recording": _fails("The recording is silent."),
    "recording too large": _fails("at most 20971520 bytes are allowed"),
    **each(("bad base64", "wrong padding"), _fails("Incorrect padding")),
    **each(FORMS, Impossible("it takes no forms")),
    **each(ADDRESSES, Impossible("recordings come as base64")),
    "private address of a webhook": _refused(400, "address that is not allowed"),
}


class Runpod(Dialect):
    """`/v2/{endpoint}`."""

    name = "runpod"
    package = "runpod"
    where: ClassVar = {
        "text": "input.text",
        "language": "input.language",
        "voice": "input.voice_id",
        "mode": "input.mode",
        "temperature": "input.temperature",
        "exaggeration": "input.exaggeration",
        "webhook": "webhook",
        "recording": "input.reference_audio",
        "inline": "input.reference_audio",
    }
    nowhere = "/v2/studio/runsink"
    most_text = 5000
    shortest, most_bytes = 1.0, 20 * 1024 * 1024
    answers = ANSWERS

    def plain(self, world: World) -> Ask:
        given = {"operation": "tts", "mode": "streaming", "text": TEXT}
        return Ask(RUNSYNC, world.ada.written, {"input": given})

    def reference(self, world: World, content: bytes) -> Ask:
        given = {
            "operation": "voice_cloning",
            "reference_audio": base64.b64encode(content).decode(),
            "voice_name": "Harbour master",
        }
        return Ask(RUNSYNC, world.ada.written, {"input": given})

    def good(self, ask: Ask) -> Any:
        reply = ask.send()
        body = body_of(reply)
        assert body["status"] == "COMPLETED"
        assert base64.b64decode(body["output"]["audio"]).startswith(b"RIFF")
        return reply

    def check(self, reply: Any, answer: Refused | Fails) -> None:
        if isinstance(answer, Refused):
            body = assert_json(reply, answer.status)
            assert set(body) == {"error"}
        else:
            body = assert_json(reply, 200)
            assert set(body) == {"id", "status", "error", "delayTime", "executionTime"}
            assert str(uuid.UUID(body["id"])) == body["id"]
            assert (body["status"], body["executionTime"]) == ("FAILED", 0)
        assert answer.says in body["error"]
