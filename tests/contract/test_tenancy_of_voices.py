"""In every dialect, another workspace's voice is none, however it is named."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.replies import substance
from tests.contract.asking import Ask
from tests.contract.dialects import called
from tests.contract.dialects.base import TEXT
from tests.contract.world import World
from tests.support import recordings
from voices.models import Voice

pytestmark = pytest.mark.usefixtures("_workers")

Naming = Callable[[World, str], Ask]
"""Makes a request that names a voice."""


def _said(dialect: str) -> Naming:
    return lambda world, voice: called(dialect).speech(world, voice=voice)


def _run(field: str, **given: Any) -> Naming:
    return lambda world, voice: Ask(
        "/v2/studio/runsync", world.ada.written, {"input": {**given, field: voice}}
    )


_INPUT = base64.b64encode(recordings.wav(2.0)).decode()
_CONVERSION = {"operation": "voice_conversion", "input_audio": _INPUT}
_TRANSFER = {"operation": "voice_transfer", "input_audio": _INPUT, "transfer_mode": "embedding"}
WAYS: dict[str, Naming] = {
    "native": _said("native"),
    "native quote": lambda world, voice: _said("native")(world, voice).but(
        path="/api/v1/tts/quote"
    ),
    "venice": _said("venice"),
    "openai": _said("openai"),
    "runpod": _said("runpod"),
    "runpod name": _run("voice_name", operation="tts", text=TEXT),
    "conversion": _run("voice_id", **_CONVERSION),
    "conversion name": _run("voice_name", **_CONVERSION),
    "transfer": _run("voice_id", **_TRANSFER),
    "transfer name": _run("voice_name", **_TRANSFER),
}


def test_another_s_voice_answers_exactly_as_one_that_does_not_exist(world: World) -> None:
    voice = Voice.get(world.voice(world.grace))
    pairs = [
        (voice.pk, "c" + "0" * 24),
        (voice.short_id, "00c0ffee"),
        (world.handle(world.grace), "vv_" + "0" * 24),
        (world.handle(world.grace, expired=True), "vv_" + "1" * 24),
        (voice.title, "Nobody's"),
    ]
    assert world.ada.credits() == 10_000
    for way, naming in WAYS.items():
        for names in pairs:
            foreign, missing = (_masked(naming(world, name).send(), name) for name in names)
            assert foreign == missing, (way, names)
    assert world.ada.credits() == 10_000
    assert Voice.objects.filter(workspace=world.ada.workspace).count() == 0


def _masked(reply: Any, voice: str) -> tuple[Any, ...]:
    job = re.search(r'"id": "([0-9a-f-]{36})"', reply.content.decode())
    return substance(reply, voice=voice, **({"job": job[1]} if job else {}))


def test_a_name_that_another_gave_her_voice_is_free(world: World) -> None:
    ask = called("runpod").reference(world, recordings.wav(6.0))
    for caller in (world.grace, world.ada):
        reply = ask.but(key=caller.written).send()
        assert b'"status": "COMPLETED"' in reply.getvalue()
