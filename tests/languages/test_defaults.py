"""A voice and a workspace have a default language; a request's own comes before them."""

import pytest

from accounts.models import Workspace
from speech.models import Speech
from tests.languages.mounts import MOUNTS, audio, submitted
from tests.languages.sentences import SENTENCES
from tests.support.callers import Caller
from voices.models import Voice

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

TEXT = "Guten Morgen, wie geht es Ihnen?"
WORKSPACE = "/api/v1/workspace"


def change(caller: Caller, path: str, **body: object) -> dict:
    reply = caller.send(path, body, method="PATCH")
    assert reply.status_code == 200, reply.content
    return dict(reply.json())


def test_the_request_comes_before_the_voice_and_that_before_the_workspace(ada: Caller) -> None:
    voice = ada.own_voice()

    def language(**more: str) -> str:
        return str(Speech.get(ada.say(TEXT, voice, **more).json()["speechId"]).language)

    assert language() == "de"
    change(ada, WORKSPACE, defaultLanguage="Italian")
    assert language() == "it"
    change(ada, f"/api/v1/voices/{voice}", language="fr_CA")
    assert language() == "fr-ca"
    assert language(language="es") == "es"
    change(ada, f"/api/v1/voices/{voice}", language="")
    assert language() == "it"
    change(ada, WORKSPACE, defaultLanguage="auto")
    assert language() == "de"


@pytest.mark.parametrize("mount", MOUNTS)
def test_the_workspace_s_language_holds_in_every_dialect(ada: Caller, mount: str) -> None:
    change(ada, WORKSPACE, defaultLanguage="fr")
    said = audio(ada, mount, "Hello.")
    assert said == audio(ada, mount, "Hello.", language="fr")
    assert said != audio(ada, mount, "Hello.", language="en")


def test_a_default_is_passed_over_for_text_in_another_script(ada: Caller) -> None:
    change(ada, WORKSPACE, defaultLanguage="fr")
    assert submitted(ada, "native", SENTENCES["ru"][0]).language == "ru"


def test_a_default_that_the_engine_does_not_speak_any_more_is_passed_over(
    ada: Caller, settings
) -> None:
    change(ada, WORKSPACE, defaultLanguage="cs")
    settings.ENGINE = "chatterbox"
    assert submitted(ada, "native", "Good morning.").language == "en-us"


def test_a_clone_may_be_given_its_language(ada: Caller) -> None:
    voice = Voice.get(ada.clone(language="Deutsch").json()["voiceId"])
    assert voice.language == "de"
    shown = ada.get(f"/api/v1/voices/{voice.pk}").json()["voice"]
    assert shown["language"] == "de"
    assert Voice.get(ada.clone().json()["voiceId"]).language is None


def test_the_workspace_is_shown_and_keeps_what_is_not_sent(ada: Caller) -> None:
    change(ada, WORKSPACE, defaultLanguage="PT_BR")
    change(ada, WORKSPACE)
    change(ada, WORKSPACE, defaultLanguage=None)
    shown = ada.get(WORKSPACE).json()["workspace"]
    assert set(shown) == {"id", "name", "defaultLanguage", "createdAt"}
    assert (shown["id"], shown["defaultLanguage"]) == (ada.workspace.pk, "pt-br")


@pytest.mark.parametrize("written", ["Klingon", "xx", 5, [], "x" * 61])
def test_a_default_that_is_not_spoken_is_refused(ada: Caller, written: object) -> None:
    voice = ada.own_voice()
    for path, name in ((WORKSPACE, "defaultLanguage"), (f"/api/v1/voices/{voice}", "language")):
        reply = ada.send(path, {name: written}, method="PATCH")
        assert reply.status_code == 400
        assert reply.json()["code"] == "INVALID_PARAMETERS"
    assert Workspace.objects.get(pk=ada.workspace.pk).default_language is None
    assert Voice.get(voice).language is None
