"""POST /api/v1/tts and POST /api/v1/tts/quote."""

import itertools

import pytest

from inference.engines.base import EngineError
from inference.jobs.model import JobState
from speech.models import Speech
from tests.api.replies import ID, TIME, assert_error, assert_invalid, ok
from tests.support.callers import AARON, Caller, run_jobs
from voiceclone.api.native.inputs import TtsInput
from voices.models import Voice

TTS = "/api/v1/tts"
QUOTE = "/api/v1/tts/quote"
TOO_LONG = "Text exceeds maximum length of 5000 bytes"
NO_VOICE = "Voice not found or not available"

# In each script a character of 1, 2, 3 and 4 bytes.
SCRIPTS = {"Latin": "a", "Cyrillic": "ж", "Han": "語", "emoji": "🎈"}


def assert_nothing_charged(caller: Caller) -> None:
    assert caller.credits() == 10_000
    assert not Speech.objects.filter(workspace=caller.workspace).exists()


def test_a_speech_answers_at_once_in_the_documented_shape(ada: Caller) -> None:
    body = ok(ada.send(TTS, {"text": "Hello, this is a test.", "voiceId": AARON, "format": "mp3"}))
    speech = body["speech"]
    assert set(body) == {"success", "speechId", "creditsUsed", "speech"}
    assert body["speechId"] == speech["id"]
    assert body["creditsUsed"] == speech["creditsUsed"] == 22
    assert ID.fullmatch(speech["id"])
    assert TIME.fullmatch(speech["createdAt"])
    assert speech["text"] == "Hello, this is a test."
    assert speech["format"] == "mp3"
    assert speech["status"] == "PROCESSING"


def test_the_defaults_are_those_of_the_document(ada: Caller) -> None:
    speech = Speech.get(ok(ada.say("Good day."))["speechId"])
    assert (speech.format, speech.speed, speech.language) == ("mp3", 1.0, "en-us")
    assert (speech.exaggeration, speech.cfg_weight, speech.temperature) == (0.5, 0.5, 0.8)
    assert 0 <= speech.seed < 2**32


def test_each_parameter_reaches_the_job(ada: Caller) -> None:
    more = {
        "format": "opus",
        "language": "de-AT",
        "speed": 1.25,
        "seed": 4_294_967_295,
        "exaggeration": 1,
        "cfgWeight": 0,
        "temperature": 2.0,
        "model": "tts-chatterbox-hd",
    }
    speech = Speech.get(ok(ada.say("Guten Tag.", **more))["speechId"])
    assert (speech.format, speech.speed, speech.language) == ("opus", 1.25, "de-at")
    assert (speech.exaggeration, speech.cfg_weight, speech.temperature) == (1.0, 0.0, 2.0)
    assert speech.seed == 4_294_967_295
    assert speech.engine == "espeak"


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "format": ["mp3", "wav", "opus", "pcm"],
        "speed": [0.25, 1, 4.0],
        "seed": [0, 7.0, 2**32 - 1],
        "exaggeration": [0, 0.3, 1.0],
        "cfgWeight": [0, 1],
        "temperature": [0, 2],
        "language": ["en", "EN", "pt-br", "de-at", "zh-Hans", "en_US", "english", "auto"],
        "model": ["default", "tts-chatterbox-hd", "chatterbox", "espeak"],
        "elsewhere": ["unknown fields are passed over"],
    }.items(),
)
def test_bounds_belong_to_what_is_taken(ada: Caller, name: str, values: list) -> None:
    for value in values:
        ok(ada.say(**{name: value}))


def test_null_means_that_an_optional_field_is_left_out(ada: Caller) -> None:
    optional = set(TtsInput().fields) - {"text", "voiceId"}
    speech = Speech.get(ok(ada.say(**dict.fromkeys(optional)))["speechId"])
    assert (speech.format, speech.speed, speech.language) == ("mp3", 1.0, "en-us")
    assert (speech.exaggeration, speech.cfg_weight, speech.temperature) == (0.5, 0.5, 0.8)


HUGE = 10**400
WRONG: dict[str, list] = {
    "text": ["", " ", "\t\n\u2003", "\u200b\u200b", None, 5, 1.5, True, [], {}, "a\0b", "\ud800"],
    "voiceId": ["", " ", None, 5, True, [], {}, "a\0b", "\ud800"],
    "format": ["aac", "flac", "MP3", "", " mp3", 3, True, [], {}, "\ud800", "m\0"],
    "language": ["", "e", "Klingon", "en-", "xx", "12", "7en", "?-en", "x" * 61, 5, []],
    "speed": [0, 0.2499, 4.01, -1, "1", "nan", "inf", True, [], {}, HUGE, 1e308],
    "seed": [-1, 2**32, 1.5, "7", True, [], {}, 10**300, 1e300, -(10**400)],
    "exaggeration": [-0.01, 1.01, "0.5", "nan", True, HUGE],
    "cfgWeight": [-0.01, 1.01, "0.5", "nan", True, -HUGE],
    "temperature": [-0.01, 2.01, "0.5", "NaN", True, HUGE],
    "model": ["gpt-4", "", 5, [], "m" * 81, "\ud800", "a\0"],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in WRONG.items() for value in values],
    ids=itertools.count(),
)
@pytest.mark.parametrize("path", [TTS, QUOTE])
def test_what_is_out_of_bounds_or_of_another_type_is_400_and_free(
    ada: Caller, path: str, name: str, value: object
) -> None:
    body = {"text": "Good day.", "voiceId": AARON, name: value}
    assert_invalid(ada.send(path, body))
    assert_nothing_charged(ada)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"voiceId": AARON}, "Text is required"),
        ({"voiceId": AARON, "text": "  "}, "Text is required"),
        ({"text": "Hi"}, "voiceId is required"),
        ({}, "Text is required"),
        ({"text": "Hi", "voiceId": AARON, "format": "ogg"},
         "format: Must be one of mp3, wav, opus, pcm."),
        ({"text": "Hi", "voiceId": AARON, "language": "xx"}, "language: Not supported"),
        ({"text": "Hi", "voiceId": AARON, "model": "m"}, "model: Unknown model"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_is_wrong(ada: Caller, body: dict, message: str) -> None:
    assert_invalid(ada.send(TTS, body), message)


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b'"text"', b"null", b"1", b"true", b"", b" ", b"{", b"{]", b"nonsense",
        b'{"text": NaN}', b'{"speed": Infinity}', b'{"speed": -Infinity}', b"\xff\xfe{}",
        b"[" * 60_000, b'{"a":' * 12_000, b'{"seed": ' + b"9" * 5000 + b"}",
        b'{"text": "\xff\xfe"}', b"\x00", b'{"text": "\x01"}', '{"text": "a"}'.encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_400(ada: Caller, body: bytes) -> None:
    assert_invalid(ada.send(TTS, body))
    assert_nothing_charged(ada)


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16", "hex", "zlib", "bogus", ""])
def test_json_is_utf_8_whatever_charset_is_claimed(ada: Caller, charset: str) -> None:
    body = f'{{"text": "Größe", "voiceId": "{AARON}"}}'.encode()
    if charset == "hex":
        return  # ends in Django's test client, and on a server in content_type.py
    reply = ada.send(TTS, body, content_type=f"application/json; charset={charset}")
    assert ok(reply)["speech"]["text"] == "Größe"


def test_a_byte_order_mark_is_no_mistake(ada: Caller) -> None:
    ok(ada.send(TTS, b"\xef\xbb\xbf" + f'{{"text": "Hi", "voiceId": "{AARON}"}}'.encode()))


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a", ""],
)
def test_only_json_is_taken(ada: Caller, content_type: str) -> None:
    reply = ada.send(TTS, b'{"text": "Hi"}', content_type=content_type)
    if content_type == "multipart/form-data":
        assert_error(reply, 415, "UNSUPPORTED_MEDIA_TYPE")
    else:
        assert_error(reply, 415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported content type")
    assert_nothing_charged(ada)


@pytest.mark.parametrize("sign", SCRIPTS.values(), ids=SCRIPTS)
def test_each_utf_8_byte_costs_a_credit_in_any_script(ada: Caller, sign: str) -> None:
    text = sign * 7
    assert ok(ada.say(text))["creditsUsed"] == len(text.encode()) == 7 * len(sign.encode())
    assert ada.credits() == 10_000 - len(text.encode())


@pytest.mark.parametrize("sign", SCRIPTS.values(), ids=SCRIPTS)
def test_a_text_has_5000_bytes_and_not_one_more(ada: Caller, sign: str) -> None:
    width = len(sign.encode())
    exact = sign * (5000 // width) + "." * (5000 % width)
    assert len(exact.encode()) == 5000
    assert ok(ada.say(exact))["creditsUsed"] == 5000
    assert_invalid(ada.say(exact + "!"), TOO_LONG)
    assert ada.credits() == 5000


def test_blanks_around_the_text_are_kept_and_paid_for(ada: Caller) -> None:
    body = ok(ada.say(" Hi. \n"))
    assert body["speech"]["text"] == " Hi. \n"
    assert body["creditsUsed"] == 6


def test_a_speech_nobody_can_pay_is_refused_with_what_it_takes(poor: Caller) -> None:
    reply = poor.say("Eleven byte")
    assert_error(reply, 429, "USAGE_LIMIT_EXCEEDED", "Insufficient credits")
    assert reply.json()["credits"] == 10
    assert reply.json()["needCredits"] == 11
    assert reply.headers["x-should-retry"] == "false"
    assert "Retry-After" not in reply.headers
    assert poor.credits() == 10
    assert not Speech.objects.filter(workspace=poor.workspace).exists()
    ok(poor.say("Ten bytes."))
    assert poor.credits() == 0


@pytest.mark.parametrize(
    "voice", ["clxxxx", "c" * 25, "x" * 4000, "../../etc", "%00", "🎈", AARON.upper(), "' OR 1=1--"]
)
def test_a_voice_that_does_not_exist_is_404_and_free(ada: Caller, voice: str) -> None:
    assert_error(ada.say(voice=voice), 404, "NOT_FOUND", NO_VOICE)
    assert_error(ada.send(QUOTE, {"text": "Hi", "voiceId": voice}), 404, "NOT_FOUND", NO_VOICE)
    assert_nothing_charged(ada)


def test_a_voice_goes_by_its_short_id_as_well(ada: Caller, grace: Caller) -> None:
    voice = Voice.get(ada.own_voice())
    for written, meant in ((voice.short_id, voice.pk), ("1fc6c6ab", AARON)):
        assert Speech.get(ok(ada.say(voice=written))["speechId"]).voice_id == meant
    assert_error(grace.say(voice=voice.short_id), 404, "NOT_FOUND", NO_VOICE)


def test_a_voice_still_in_work_may_be_spoken_with(ada: Caller) -> None:
    voice_id = ok(ada.clone())["voiceId"]
    speech_id = ok(ada.say(voice=voice_id))["speechId"]
    run_jobs()
    assert Speech.get(speech_id).state == JobState.COMPLETED


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "TIMED_OUT"])
def test_a_voice_whose_clone_did_not_end_well_is_not_available(ada: Caller, state: str) -> None:
    voice = Voice.get(ok(ada.clone())["voiceId"])
    Voice.objects.filter(pk=voice.pk).update(
        state=state, error_code="X", error_message="x", finished_at=voice.created_at
    )
    assert_error(ada.say(voice=voice.pk), 404, "NOT_FOUND", NO_VOICE)


def test_a_deleted_voice_is_not_available(ada: Caller) -> None:
    voice_id = ok(ada.clone())["voiceId"]
    ok(ada.delete(f"/api/v1/voices/{voice_id}"))
    assert_error(ada.say(voice=voice_id), 404, "NOT_FOUND", NO_VOICE)


def test_each_use_of_a_voice_is_counted(ada: Caller, grace: Caller) -> None:
    for caller in (ada, ada, grace):
        ok(caller.say())
    shown = ok(ada.get(f"/api/v1/voices/{AARON}"))["voice"]
    assert (shown["usageCount"], shown["popularity"]) == (2, 3)


def test_a_speech_that_fails_through_us_is_paid_back(ada: Caller, monkeypatch) -> None:
    def refuse(*_args, **_kwargs):
        raise EngineError("NO_SPEECH", "The text gives no sound.", retryable=False)

    monkeypatch.setattr("inference.engines.espeak.EspeakEngine.synthesize", refuse)
    speech_id = ok(ada.say("Twelve bytes"))["speechId"]
    assert ada.credits() == 10_000 - 12
    run_jobs()
    shown = ok(ada.get(f"{TTS}/{speech_id}"))["speech"]
    assert shown["status"] == "FAILED"
    assert shown["creditsUsed"] == 0
    assert shown["audioUrl"] is None
    assert shown["error"] == {"code": "NO_SPEECH", "message": "The text gives no sound."}
    assert ada.credits() == 10_000


def test_the_quote_says_what_the_same_request_would_cost(ada: Caller, poor: Caller) -> None:
    body = {"text": "語語語語", "voiceId": AARON, "format": "wav"}
    assert ok(ada.send(QUOTE, body)) == {
        "success": True,
        "creditsNeeded": 12,
        "credits": 10_000,
        "sufficient": True,
    }
    assert ok(poor.send(QUOTE, body))["sufficient"] is False
    assert_invalid(ada.send(QUOTE, body | {"text": "a" * 5001}), TOO_LONG)
    assert_nothing_charged(ada)


def test_the_request_id_goes_with_the_job(ada: Caller) -> None:
    reply = ada.client.post(
        TTS,
        {"text": "Hi", "voiceId": AARON},
        content_type="application/json",
        headers={"x-request-id": "order-4711-a"},
    )
    assert reply.headers["x-request-id"] == "order-4711-a"
    assert Speech.get(ok(reply)["speechId"]).request_id == "order-4711-a"
