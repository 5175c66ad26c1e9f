"""Every field of a request: what it does, its default, and what is said where it is wrong."""

from typing import Any

import pytest

from speech.models import Speech
from tests.chatterbox_api.asking import (
    ACCEPTED,
    CLONING,
    SPEAKING,
    TEXT,
    clone,
    invalid,
    said,
    speak,
)
from tests.support.callers import AARON, Caller

BOTH = [CLONING, SPEAKING]
URL = "https://example.com/voice.wav"
HOOK = "https://example.com/hook"
FULL = {
    "text": TEXT,
    "voice_audio_url": URL,
    "language": "de",
    "model_type": "multilingual",
    "emotion_intensity": 1.2,
    "webhook_url": HOOK,
    "id": "voice-clone-123",
}
EVERY_FIELD = [(path, name) for path in BOTH for name in FULL]


def body_for(path: str, **more: Any) -> dict[str, Any]:
    """Return a request that is accepted at once."""
    body = FULL | more
    if path == SPEAKING:
        del body["voice_audio_url"]
    return body


def submitted(reply: Any) -> Speech:
    said(reply, 202, ACCEPTED)
    return Speech.objects.get()


def test_a_request_with_every_field_is_passed_on_whole(ada: Caller) -> None:
    speech = submitted(ada.send(CLONING, FULL))
    assert (speech.text, speech.language, speech.exaggeration) == (TEXT, "de", 0.6)
    assert (speech.format, speech.sample_rate, speech.cost) == ("wav", 24_000, len(TEXT))
    assert (speech.voice.type, speech.voice.reference_url) == ("ONCE", URL)
    assert speech.call.webhook_url == HOOK
    assert speech.call.asked == {"id": "voice-clone-123"}


def test_what_is_left_out_has_its_documented_default(ada: Caller) -> None:
    speech = submitted(clone(ada, URL, webhook_url=HOOK))
    assert (speech.language, speech.exaggeration) == ("en-us", 0.5)
    assert speech.call.asked == {"id": None}


def test_text_to_speech_speaks_in_the_default_voice(ada: Caller) -> None:
    speech = submitted(speak(ada, webhook_url=HOOK))
    assert (speech.voice_id, speech.language, speech.exaggeration) == (AARON, "en-us", 0.5)


@pytest.mark.parametrize(("intensity", "exaggeration"), [(0, 0.0), (0.5, 0.25), (2.0, 1.0)])
def test_emotion_intensity_is_halved(ada: Caller, intensity: float, exaggeration: float) -> None:
    speech = submitted(speak(ada, emotion_intensity=intensity, webhook_url=HOOK))
    assert speech.exaggeration == exaggeration


CODES = "ar da de el en es fi fr he hi it ja ko ms nl no pl pt ru sv sw tr zh"


@pytest.mark.parametrize("code", [*CODES.split(), "EN", "de-AT"])
def test_languages_are_spoken(ada: Caller, code: str) -> None:
    speech = submitted(speak(ada, language=code, webhook_url=HOOK))
    assert speech.language == code.lower()


@pytest.mark.parametrize(
    ("path", "name"), [(CLONING, "text"), (CLONING, "voice_audio_url"), (SPEAKING, "text")]
)
def test_what_is_required_is_missed(ada: Caller, path: str, name: str) -> None:
    body = body_for(path)
    del body[name]
    invalid(ada.send(path, body), f"'{name}' is a required property")


def test_null_means_that_an_optional_field_is_left_out(ada: Caller) -> None:
    nulls = dict.fromkeys(["language", "model_type", "emotion_intensity", "id"])
    speech = submitted(speak(ada, webhook_url=HOOK, **nulls))
    assert (speech.language, speech.exaggeration) == ("en-us", 0.5)
    assert speech.call.asked["id"] is None


@pytest.mark.parametrize(("path", "name"), [(CLONING, "voice_audio_url"), (SPEAKING, "text")])
def test_null_for_a_required_field_is_refused(ada: Caller, path: str, name: str) -> None:
    invalid(ada.send(path, body_for(path) | {name: None}), f"'{name}' is not of type 'string'")


@pytest.mark.parametrize(("path", "name"), EVERY_FIELD)
@pytest.mark.parametrize("value", [[], {}, True])
def test_a_value_of_another_type_is_refused(
    ada: Caller, path: str, name: str, value: object
) -> None:
    if name == "voice_audio_url" and path == SPEAKING:
        complaint = "Additional properties are not allowed ('voice_audio_url' was unexpected)"
    elif name == "model_type":
        complaint = "'model_type' is not one of ['english', 'multilingual']"
    else:
        kind = "number" if name == "emotion_intensity" else "string"
        complaint = f"'{name}' is not of type '{kind}'"
    invalid(ada.send(path, body_for(path) | {name: value}), complaint)
    assert (ada.credits(), Speech.objects.count()) == (10_000, 0)


TOO_LONG = "'{}' is too long (at most {} characters)"
CLOSED = "'{}' is not acceptable: The URL leads to an address that is not allowed."
WRONG = {
    "empty text": ({"text": ""}, "'text' should be non-empty"),
    "blank text": ({"text": " \n\u00a0\u200b"}, "'text' should be non-empty"),
    "long text": ({"text": "é" * 5001}, TOO_LONG.format("text", 5000)),
    "null in text": ({"text": "a\0b"}, "'text' must not contain null characters"),
    "surrogate": ({"text": "a\ud800"}, "'text' must not contain lone surrogates"),
    "language": ({"language": "tlh"}, "'language' is not one of the supported languages"),
    "no language": ({"language": ""}, "'language' should be non-empty"),
    "model": ({"model_type": "turbo"}, "'model_type' is not one of ['english', 'multilingual']"),
    "English only": (
        {"model_type": "english"},
        "'language' must be 'en' where 'model_type' is 'english'",
    ),
    "cold": ({"emotion_intensity": -0.1}, "'emotion_intensity' is less than the minimum of 0"),
    "hot": ({"emotion_intensity": 2.1}, "'emotion_intensity' is greater than the maximum of 2"),
    "number as text": ({"emotion_intensity": "1"}, "'emotion_intensity' is not of type 'number'"),
    "no hook": ({"webhook_url": ""}, "'webhook_url' should be non-empty"),
    "private hook": ({"webhook_url": "http://10.0.0.1/"}, CLOSED.format("webhook_url")),
    "local hook": ({"webhook_url": "http://localhost/"}, CLOSED.format("webhook_url")),
    "long hook": (
        {"webhook_url": "https://example.com/" + "a" * 2000},
        TOO_LONG.format("webhook_url", 2000),
    ),
    "long id": ({"id": "a" * 256}, TOO_LONG.format("id", 255)),
    "unknown field": (
        {"speed": 1.5},
        "Additional properties are not allowed ('speed' was unexpected)",
    ),
    "unknown fields": (
        {"voice": "Aaron", "speed": 1.5},
        "Additional properties are not allowed ('speed', 'voice' were unexpected)",
    ),
}


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_a_schema_s_words(ada: Caller, path: str, case: str) -> None:
    change, complaint = WRONG[case]
    body = invalid(ada.send(path, body_for(path, **change)), complaint)
    assert body["id"] == (None if case == "long id" else "voice-clone-123")
    assert (ada.credits(), Speech.objects.count()) == (10_000, 0)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://example.com/a.wav", "The URL must begin with http:// or https://."),
        ("not a url", "A URL holds no spaces, control characters or backslashes."),
        ("http://127.0.0.1/a.wav", "The URL leads to an address that is not allowed."),
        ("http://169.254.169.254/latest", "The URL leads to an address that is not allowed."),
        ("http://[::1]/a.wav", "The URL leads to an address that is not allowed."),
        ("http://me:secret@example.com/", "A URL must not carry a user name or password."),
        ("https://example.com:6379/", "The URL's port is not one of the web."),
    ],
)
def test_a_hostile_reference_is_refused_at_once(ada: Caller, url: str, message: str) -> None:
    invalid(clone(ada, url), f"'voice_audio_url' is not acceptable: {message}")
    assert (ada.credits(), Speech.objects.count()) == (10_000, 0)


def test_the_longest_address_is_kept_whole(ada: Caller) -> None:
    url = URL.ljust(2000, "x")
    speech = submitted(clone(ada, url, webhook_url=HOOK.ljust(2000, "x")))
    assert speech.voice.reference_url == url
    assert len(speech.call.webhook_url) == 2000


def test_five_thousand_characters_are_taken_and_cost_their_bytes(ada: Caller) -> None:
    speech = submitted(speak(ada, "é" * 5000, webhook_url=HOOK))
    assert (speech.cost, ada.credits()) == (10_000, 0)


@pytest.mark.parametrize("path", BOTH)
def test_a_model_that_is_left_out_speaks_any_language(ada: Caller, path: str) -> None:
    body = body_for(path, language="fr")
    del body["model_type"]
    submitted(ada.send(path, body))


@pytest.mark.parametrize("path", BOTH)
def test_english_models_speak_english(ada: Caller, path: str) -> None:
    submitted(ada.send(path, body_for(path, model_type="english", language="en-GB")))


@pytest.mark.parametrize("sent", [b"[]", b'"text"', b"1", b"null"])
def test_a_body_that_is_no_object_is_refused(ada: Caller, sent: bytes) -> None:
    body = invalid(ada.send(SPEAKING, sent), "the body is not of type 'object'")
    assert body["id"] is None


@pytest.mark.parametrize("sent", [b"{", b"\xff", b'{"text": NaN}', b"[" * 10_000])
def test_a_body_that_is_no_json_is_refused(ada: Caller, sent: bytes) -> None:
    body = invalid(ada.send(SPEAKING, sent), "the body is not valid JSON")
    assert body["id"] is None
