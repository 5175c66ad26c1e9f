"""Every dialect finds the language of a text, and takes it as people write it."""

from typing import Any

import pytest

from speech.models import Speech
from tests.languages.mounts import MOUNTS, ask, audio, submitted
from tests.languages.sentences import SENTENCES
from tests.support.callers import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

mounts = pytest.mark.parametrize("mount", MOUNTS)


@mounts
@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_text_without_a_language_sounds_as_with_its_own_and_not_as_english(
    ada: Caller, mount: str, language: str
) -> None:
    text = SENTENCES[language][0]
    found = audio(ada, mount, text)
    assert found == audio(ada, mount, text, language=language)
    assert found != audio(ada, mount, text, language="en-us")


@mounts
def test_english_and_short_texts_sound_as_american_english(ada: Caller, mount: str) -> None:
    for text in ("OK", "Hello.", "Good morning, how are you today?"):
        assert submitted(ada, mount, text).language == "en-us"


WRITTEN = {
    "fr_FR": "fr-fr",
    "FR": "fr",
    "fra": "fr",
    "French": "fr",
    "français": "fr",
    "francés": "fr",
    "Portuguese (Brazil)": "pt-br",
    "auto": "de",
    None: "de",
}


@mounts
@pytest.mark.parametrize(("written", "tag"), WRITTEN.items())
def test_a_language_is_taken_in_each_form(
    ada: Caller, mount: str, written: str | None, tag: str
) -> None:
    speech = submitted(ada, mount, SENTENCES["de"][0], language=written)
    assert speech.language == tag


def _refusal(reply: Any, mount: str) -> str:
    body = reply.json()
    if mount == "runpod":
        job = body["id"]
        body = reply.client.get(f"/v2/studio/status/{job}").json()
        assert body["status"] == "FAILED"
        return str(body["error"])
    assert reply.status_code == 400
    return str({"native": lambda: body["error"], "chatterbox": lambda: body["message"]}.get(
        mount, lambda: body["error"]["message"]
    )())  # fmt: skip


@pytest.mark.parametrize("mount", sorted(set(MOUNTS) - {"venice"}))
@pytest.mark.parametrize("written", ["Klingon", "tlh", "xx", "nonsense"])
def test_a_language_that_is_not_spoken_is_refused_and_free(
    ada: Caller, mount: str, written: str
) -> None:
    said = _refusal(_with_client(ada, ask(ada, mount, "Good morning.", language=written)), mount)
    assert "language" in said
    assert (Speech.objects.count(), ada.credits()) == (0, 10_000)


def test_under_venice_s_address_a_language_that_is_not_spoken_is_passed_over(ada: Caller) -> None:
    text = SENTENCES["de"][0]
    assert submitted(ada, "venice", text, language="Klingon").language == "de"


@mounts
def test_text_in_a_language_that_the_model_does_not_speak_is_refused_and_free(
    ada: Caller, mount: str, settings
) -> None:
    settings.ENGINE = "chatterbox"  # the English model
    for language in ("zh", "de", "ru"):
        reply = ask(ada, mount, SENTENCES[language][1])
        assert "not spoken here" in _refusal(_with_client(ada, reply), mount)
    assert (Speech.objects.count(), ada.credits()) == (0, 10_000)


@pytest.mark.parametrize("language", ["zh", "de", "no"])
def test_the_multilingual_model_is_given_one_of_its_languages(
    ada: Caller, settings, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    settings.ENGINE = "chatterbox"
    monkeypatch.setenv("CHATTERBOX_MODEL", "multilingual")
    text = SENTENCES["nb" if language == "no" else language][1]
    assert submitted(ada, "native", text).language == language
    assert submitted(ada, "native", "Good morning.").language == "en-us"


def test_a_quote_refuses_what_would_be_refused(ada: Caller, settings) -> None:
    settings.ENGINE = "chatterbox"
    reply = ask(ada, "native", SENTENCES["zh"][0])
    quote = ada.send("/api/v1/tts/quote", _body(SENTENCES["zh"][0]))
    assert (quote.status_code, quote.json()) == (reply.status_code, reply.json())


def test_answers_and_audio_say_the_language(ada: Caller) -> None:
    text = SENTENCES["de"][0]
    assert ask(ada, "native", text).json()["speech"]["language"] == "de"
    reply = ask(ada, "openai", text, streaming=False)
    assert reply.getvalue()
    assert reply.headers["x-language"] == "de"


def _body(text: str) -> dict[str, Any]:
    _path, body = MOUNTS["native"]
    return body(text, {})


def _with_client(caller: Caller, reply: Any) -> Any:
    reply.client = caller.client
    return reply
