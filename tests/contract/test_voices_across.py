"""A voice made in one dialect speaks in the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from speech.models import Speech
from tests.contract.asking import Ask
from tests.contract.dialects import called
from tests.contract.dialects.base import TEXT
from tests.contract.world import World
from tests.runpod.customer import body_of
from tests.support import recordings
from tests.support.callers import run_jobs
from voices.models import Voice

pytestmark = pytest.mark.usefixtures("_workers")

SPEAKING = ("native", "venice", "openai", "runpod")
"""Dialects that let a request name its voice; in the Chatterbox one it names a recording."""


def assert_speaks(world: World, dialect: str, ask: Ask, voice: Voice) -> None:
    before = world.ada.credits()
    called(dialect).good(ask)
    run_jobs()
    spoken = Speech.objects.latest("created_at")
    assert (spoken.voice_id, spoken.state) == (voice.pk, "COMPLETED")
    assert world.ada.credits() == before - len(TEXT)


def assert_speaks_everywhere(world: World, voice: Voice, *names: str) -> None:
    for dialect in SPEAKING:
        for name in names:
            assert_speaks(world, dialect, called(dialect).speech(world, voice=name), voice)


def by_name(world: World, name: str) -> Ask:
    given = {"operation": "tts", "text": TEXT, "voice_name": name}
    return called("runpod").plain(world).but(body={"input": given})


def test_a_voice_cloned_natively_speaks_everywhere(world: World) -> None:
    voice = Voice.get(world.ada.own_voice(title="Harbour master"))
    assert_speaks_everywhere(world, voice, voice.pk)
    for dialect in ("venice", "openai"):
        for name in (voice.short_id, "Harbour master"):
            assert_speaks(world, dialect, called(dialect).speech(world, voice=name), voice)
    ask = called("runpod").speech(world, voice=voice.short_id)
    assert_speaks(world, "runpod", ask, voice)
    assert_speaks(world, "runpod", by_name(world, "Harbour master"), voice)


def test_a_voice_cloned_by_runpod_s_dialect_speaks_everywhere(world: World) -> None:
    reply = called("runpod").reference(world, recordings.wav(6.0)).send()
    output = body_of(reply)["output"]
    listed = world.ada.get("/api/v1/voices").json()["voices"]
    assert [voice["title"] for voice in listed] == ["Harbour master"]
    voice = Voice.get(listed[0]["id"])
    assert output["voice_info"]["voice_id"] == voice.short_id
    assert_speaks_everywhere(world, voice, voice.pk)
    for name in (voice.short_id, "Harbour master"):
        assert_speaks(world, "openai", called("openai").speech(world, voice=name), voice)
    assert_speaks(world, "runpod", by_name(world, "Harbour master"), voice)


def test_a_handle_speaks_everywhere_while_it_lives_and_is_listed_nowhere(world: World) -> None:
    made = called("venice").reference(world, recordings.wav(6.0)).send().json()
    voice = Voice.objects.get(handle=made["id"])
    assert_speaks_everywhere(world, voice, made["id"])
    listing = called("runpod").plain(world).but(body={"input": {"operation": "list_local_voices"}})
    native = Ask("/api/v1/voices", world.ada.written, method="GET")
    for ask in (native, native.but(path="/v1/audio/voices"), listing):
        content = ask.send().getvalue().decode()
        assert not any(name in content for name in (made["id"], voice.pk, voice.title))
    Voice.objects.filter(pk=voice.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    before = world.ada.credits()
    replies = {name: called(name).speech(world, voice=made["id"]).send() for name in SPEAKING}
    assert {name: reply.status_code for name, reply in replies.items()} == {
        "native": 404,
        "venice": 400,
        "openai": 400,
        "runpod": 200,
    }
    assert replies["runpod"].json()["status"] == "FAILED"
    assert world.ada.credits() == before


def test_what_one_dialect_spoke_stands_in_the_native_history(world: World) -> None:
    for dialect in ("native", "venice", "chatterbox", "runpod"):
        called(dialect).good(called(dialect).speech(world))
    spoken = world.ada.get("/api/v1/tts").json()["speeches"]
    assert [speech["text"] for speech in spoken] == [TEXT] * 4
    assert sum(speech["creditsUsed"] for speech in spoken) == 10_000 - world.ada.credits()
