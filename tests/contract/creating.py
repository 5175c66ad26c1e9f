"""Every request of every dialect that makes something, for tests that send one twice."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contract.asking import Ask
from tests.contract.dialects import called
from tests.contract.dialects.base import TEXT
from tests.contract.world import World
from tests.runpod.customer import body_of
from tests.support import recordings

OTHER = "Something else."


@dataclass(frozen=True)
class Creating:
    """A request, another to the same route, and what a reply says was made."""

    ask: Ask
    other: Ask
    made: Callable[[Any], Any]


def _field(name: str) -> Callable[[Any], Any]:
    return lambda reply: reply.json()[name]


def _job(reply: Any) -> Any:
    """Return a job's id with the audio that came with it, if any did."""
    body = body_of(reply)
    return body["id"], body.get("output", {}).get("audio")


def _speech(dialect: str, made: Callable[[Any], Any]) -> Callable[[World], Creating]:
    return lambda world: Creating(
        called(dialect).speech(world), called(dialect).speech(world, text=OTHER), made
    )


def _reference(dialect: str, made: Callable[[Any], Any]) -> Callable[[World], Creating]:
    return lambda world: Creating(
        called(dialect).reference(world, recordings.wav(6.0)),
        called(dialect).reference(world, recordings.wav(7.0)),
        made,
    )


def _webhooks(world: World) -> Creating:
    hook = called("native").hook
    return Creating(
        hook(world, "https://example.com/a"),
        hook(world, "https://example.com/b"),
        lambda reply: reply.json()["webhook"]["id"],
    )


def _chatterbox_speech(world: World) -> Creating:
    ask = Ask("/v1/chatterbox/text-to-speech", world.ada.written, {"text": TEXT})
    return Creating(ask, ask.saying("text", OTHER), _field("job_id"))


def _accepted(world: World) -> Creating:
    ask = called("chatterbox").speech(world, webhook="https://example.com/hook")
    return Creating(ask, ask.saying("text", OTHER), _field("job_id"))


def _run(**given: Any) -> Callable[[World], Creating]:
    def make(world: World) -> Creating:
        ask = Ask("/v2/studio/run", world.ada.written, {"input": given})
        other = ask.saying("input.no_watermark", value=True)
        return Creating(ask, other, _job)

    return make


def _streamed(world: World) -> Creating:
    ask = called("openai").speech(world).saying("streaming", value=True)
    return Creating(ask, ask.saying("input", OTHER), lambda reply: reply.getvalue())


_INPUT = base64.b64encode(recordings.wav(2.0)).decode()
_TRANSFER = {"operation": "voice_transfer", "transfer_mode": "embedding", "voice_name": "Amy"}

CREATING: dict[str, Callable[[World], Creating]] = {
    "native voice-clone": _reference("native", _field("voiceId")),
    "native tts": _speech("native", _field("speechId")),
    "native webhooks": _webhooks,
    "venice speech": _speech("venice", lambda reply: reply.getvalue()),
    "venice voices": _reference("venice", _field("id")),
    "openai speech": _speech("openai", lambda reply: reply.getvalue()),
    "openai streamed speech": _streamed,
    "openai voices": _reference("openai", _field("id")),
    "chatterbox voice-cloning": _speech("chatterbox", _field("job_id")),
    "chatterbox voice-cloning with a webhook": _accepted,
    "chatterbox text-to-speech": _chatterbox_speech,
    "runpod runsync": _speech("runpod", _job),
    "runpod run tts": _run(operation="tts", text=TEXT),
    "runpod run voice_conversion": _run(
        operation="voice_conversion", input_audio=_INPUT, voice_name="Amy"
    ),
    "runpod run voice_transfer": _run(**_TRANSFER, input_audio=_INPUT),
    "runpod voice_cloning": _reference("runpod", lambda reply: _job(reply)[0]),
}
FREE = {"native webhooks", "venice voices", "openai voices"}
"""Of them, those that cost nothing."""
