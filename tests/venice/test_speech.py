"""POST /audio/speech: what is asked for, and the audio that is the answer."""

import json
from typing import Any

import pytest

from speech.models import Speech
from tests.support.callers import AARON, UNSPEAKABLE, Caller, make_caller
from tests.venice.asking import PREFIXES, TEXT, assert_error, seconds, speak, spoken
from voiceclone.api.venice.inputs import SpeechBody
from voiceclone.api.venice.voice_names import KOKORO_VOICES, OPENAI_VOICES
from voices.models import Voice

pytestmark = pytest.mark.usefixtures("working")

TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm;rate=24000;channels=1",
}


def only(**fields: Any) -> Speech:
    """Return the one speech there is."""
    return Speech.objects.get(**fields)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_answer_is_the_audio_as_mp3_and_says_what_spoke(ada: Caller, prefix: str) -> None:
    reply = speak(ada, prefix=prefix)
    audio = spoken(reply)
    speech = only()
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert seconds(audio) == pytest.approx(speech.duration, abs=0.1)
    assert reply.headers["x-engine"] == "espeak"
    assert reply.headers["x-model"] == speech.model != ""
    assert reply.headers["x-seed"] == str(speech.seed)
    assert reply.headers["x-speech-id"] == speech.pk
    assert reply.headers["x-credits-used"] == "26"
    assert ada.credits() == 10_000 - 26


@pytest.mark.parametrize("form", TYPES)
def test_each_format_comes_as_its_type(ada: Caller, form: str) -> None:
    reply = speak(ada, response_format=form)
    audio = spoken(reply)
    assert reply.headers["Content-Type"] == TYPES[form]
    if form == "pcm":
        assert len(audio) / 48_000 == pytest.approx(only().duration, abs=0.01)
    else:
        assert seconds(audio) == pytest.approx(only().duration, abs=0.15)


@pytest.mark.parametrize("accept", ["application/octet-stream", "text/html", "image/png", ""])
def test_whatever_a_client_accepts_it_gets_the_audio(ada: Caller, accept: str) -> None:
    reply = speak(ada, headers={"Accept": accept})
    assert spoken(reply)
    assert reply.headers["Content-Type"] == "audio/mpeg"


def test_what_is_asked_for_is_what_is_made(ada: Caller) -> None:
    spoken(
        speak(
            ada, speed=2, temperature=1.5, seed=7, language="de-AT", exaggeration=0.9,
            cfg_weight=0.1, instructions="Whisper.", user="u-1", top_p=0.9,
        )
    )  # fmt: skip
    speech = only()
    assert (speech.speed, speech.temperature, speech.seed) == (2.0, 1.5, 7)
    assert (speech.language, speech.exaggeration, speech.cfg_weight) == ("de-at", 0.9, 0.1)


def test_left_out_fields_have_their_defaults(ada: Caller) -> None:
    spoken(speak(ada, voice=None, model=None))
    speech = only()
    assert (speech.format, speech.speed, speech.temperature) == ("mp3", 1.0, 0.8)
    assert (speech.live, speech.language, speech.no_watermark) == (True, "en-us", False)
    assert speech.voice_title == "Amy"


def test_streaming_may_be_declined_for_an_answer_of_a_known_length(ada: Caller) -> None:
    reply = speak(ada, streaming=False)
    assert reply.headers["Content-Length"] == str(len(spoken(reply)))
    assert only().live is False


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_text_is_all_that_is_needed(ada: Caller, prefix: str) -> None:
    assert spoken(ada.send(f"{prefix}/audio/speech", {"input": TEXT}))
    assert only().voice_title == "Amy"


def test_null_means_that_an_optional_field_is_left_out(ada: Caller) -> None:
    optional = set(SpeechBody().fields) - {"input"}
    body = {"input": TEXT} | dict.fromkeys(optional)
    assert spoken(ada.send("/v1/audio/speech", body))
    speech = only()
    assert (speech.format, speech.speed, speech.temperature) == ("mp3", 1.0, 0.8)
    assert_error(ada.send("/v1/audio/speech", {"input": None}), 400, "invalid_type", param="input")


def test_numbers_may_be_strings_and_formats_in_capitals(ada: Caller) -> None:
    spoken(
        speak(
            ada, speed="2", temperature="1.5", seed="7", exaggeration="0.9", cfg_weight="+0.1",
            response_format="WAV", stream_format="AUDIO",
        )
    )  # fmt: skip
    speech = only()
    assert (speech.speed, speech.temperature, speech.seed) == (2.0, 1.5, 7)
    assert (speech.exaggeration, speech.cfg_weight, speech.format) == (0.9, 0.1, "wav")


def test_the_same_seed_gives_the_same_bytes(ada: Caller) -> None:
    assert spoken(speak(ada, seed=7)) == spoken(speak(ada, seed=7))


def test_speed_changes_how_long_it_takes(ada: Caller) -> None:
    length = {
        speed: seconds(spoken(speak(ada, speed=speed, response_format="wav")))
        for speed in (0.5, 1, 2)
    }
    assert length[0.5] == pytest.approx(2 * length[1], rel=0.1)
    assert length[2] == pytest.approx(length[1] / 2, rel=0.1)


# ------------------------------------------------------------------ voices and models


def test_a_voice_may_be_an_object_with_its_id(ada: Caller) -> None:
    spoken(speak(ada, voice={"id": AARON}))
    assert only().voice_id == AARON


@pytest.mark.parametrize("name", OPENAI_VOICES)
def test_openai_s_voices_are_system_voices(ada: Caller, name: str) -> None:
    spoken(speak(ada, voice=name, input="Hi."))
    assert only().voice_title == OPENAI_VOICES[name]


def test_openai_s_voices_are_men_and_women_as_theirs_are_and_all_different() -> None:
    men = {"ash", "ballad", "cedar", "echo", "fable", "onyx", "verse"}
    assert len(set(OPENAI_VOICES.values())) == len(OPENAI_VOICES) == 13
    for name, title in OPENAI_VOICES.items():
        gender = "male" if name in men else "female"
        from inference.engines.espeak.system_voices import SYSTEM_VOICES

        assert next(one.gender for one in SYSTEM_VOICES if one.name == title) == gender


@pytest.mark.parametrize("name", ["af_sky", "AF_Heart", "bm_george", "zf_xiaoxiao", "pm_santa"])
def test_kokoro_s_voices_are_system_voices(ada: Caller, name: str) -> None:
    spoken(speak(ada, model="kokoro", voice=name, input="Hi."))
    assert only().voice_title == KOKORO_VOICES[name.lower()]


def test_kokoro_s_54_voices_are_men_and_women_as_theirs_are() -> None:
    from inference.engines.espeak.system_voices import SYSTEM_VOICES

    genders = {voice.name: voice.gender for voice in SYSTEM_VOICES}
    assert len(KOKORO_VOICES) == 54
    for name, title in KOKORO_VOICES.items():
        assert genders[title] == {"f": "female", "m": "male"}[name[1]]


def test_the_operator_says_what_other_names_mean(ada: Caller, settings: Any) -> None:
    settings.VOICE_ALIASES = {"af_sky": "Betty", "narrator": AARON}
    settings.MODEL_ALIASES = {"speech-02": "tts-1"}
    for called, title in {"af_sky": "Betty", "Narrator": "Aaron", "alloy": "Ashley"}.items():
        reply = speak(ada, model="speech-02", voice=called, input="Hi.")
        assert spoken(reply)
        assert only(pk=reply.headers["x-speech-id"]).voice_title == title


def test_an_alias_leads_to_no_voice_that_its_caller_may_not_have(
    ada: Caller, grace: Caller, settings: Any
) -> None:
    settings.VOICE_ALIASES = {"narrator": grace.own_voice()}
    assert_error(speak(ada, voice="narrator"), 400, "voice_not_found", param="voice")
    assert spoken(speak(grace, voice="narrator"))


def test_a_system_voice_goes_by_its_name_its_id_and_its_short_id(ada: Caller) -> None:
    for called in ("Aaron", "aaron", AARON, "1fc6c6ab", "1FC6C6AB"):
        spoken(speak(ada, voice=called, input="Hi."))
    assert Speech.objects.filter(voice=AARON).count() == 5


def test_ones_own_voice_goes_by_its_id_and_its_short_id_and_no_one_else_s(
    ada: Caller, grace: Caller
) -> None:
    mine, hers = ada.own_voice(), grace.own_voice()
    for called in (mine, Voice.get(mine).short_id):
        spoken(speak(ada, voice=called))
    nobodys = [
        assert_error(speak(ada, voice=called), 400, "voice_not_found", param="voice")
        for called in (hers, Voice.get(hers).short_id, "c" + "0" * 24, "nobody", "a\0b")
    ]
    assert all(error == nobodys[0] for error in nobodys)


@pytest.mark.parametrize("model", ["tts-chatterbox-hd", "tts-1", "tts-1-hd", "gpt-4o-mini-tts"])
def test_every_model_of_the_list_speaks(ada: Caller, model: str) -> None:
    reply = speak(ada, model=model, input="Hi.")
    assert spoken(reply)
    assert reply.headers["x-engine"] == "espeak"


def test_a_model_that_is_not_there_is_404_as_with_openai(ada: Caller) -> None:
    assert_error(speak(ada, model="gpt-9"), 404, "model_not_found", param="model")


# ------------------------------------------------------------------ bounds


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("input", None, "missing_required_parameter"),
        ("input", "", "empty_string"),
        ("input", " \n\t ", "invalid_value"),
        ("input", "\u200b‎", "invalid_value"),
        ("input", 5, "invalid_type"),
        ("input", "a" * 4097, "string_above_max_length"),
        ("input", "a\0b", "invalid_value"),
        ("voice", 5, "invalid_value"),
        ("voice", {}, "invalid_value"),
        ("voice", {"id": 5}, "invalid_value"),
        ("voice", ["Aaron"], "invalid_value"),
        ("response_format", "ogg", "invalid_value"),
        ("speed", 0.24, "decimal_below_min_value"),
        ("speed", 4.01, "decimal_above_max_value"),
        ("speed", "fast", "invalid_type"),
        ("speed", "4.01", "decimal_above_max_value"),
        ("speed", "1e0", "invalid_type"),
        ("speed", "\u0661", "invalid_type"),
        ("speed", "", "invalid_type"),
        ("speed", True, "invalid_type"),
        ("seed", "1.5", "invalid_type"),
        ("temperature", -0.1, "decimal_below_min_value"),
        ("temperature", 2.1, "decimal_above_max_value"),
        ("streaming", "yes", "invalid_type"),
        ("stream_format", "events", "invalid_value"),
        ("seed", -1, "decimal_below_min_value"),
        ("seed", 2**32, "decimal_above_max_value"),
        ("seed", 1.5, "invalid_type"),
        ("language", "xx", "invalid_value"),
        ("exaggeration", 1.1, "decimal_above_max_value"),
        ("cfg_weight", -0.1, "decimal_below_min_value"),
        ("instructions", 5, "invalid_type"),
        ("instructions", "x" * 4097, "string_above_max_length"),
    ],
)
def test_a_field_out_of_its_bounds_is_refused_by_name_and_free(
    ada: Caller, field: str, value: Any, code: str
) -> None:
    error = assert_error(speak(ada, **{field: value}), 400, code, param=field)
    assert f"'{field}'" in error["message"]
    assert error["type"] == "invalid_request_error"
    assert ada.credits() == 10_000
    assert not Speech.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [{"speed": 0.25}, {"speed": 4}, {"temperature": 0}, {"temperature": 2}, {"seed": 2**32 - 1}],
)
def test_the_bounds_themselves_are_allowed(ada: Caller, fields: dict[str, Any]) -> None:
    spoken(speak(ada, input="Hi.", **fields))


def test_text_is_counted_in_characters_and_paid_in_bytes(ada: Caller) -> None:
    text = "é" + 4094 * " " + "é"
    assert (len(text), len(text.encode())) == (4096, 4098)
    reply = speak(ada, input=text)
    assert spoken(reply)
    assert reply.headers["x-credits-used"] == "4098"
    assert ada.credits() == 10_000 - 4098


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"text"'])
def test_a_body_that_is_no_object_is_refused(ada: Caller, body: bytes) -> None:
    assert_error(ada.send("/v1/audio/speech", body), 400, "invalid_type")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_a_body_that_is_no_json_is_refused(ada: Caller, body: bytes) -> None:
    assert_error(ada.send("/v1/audio/speech", body), 400, "invalid_request")


# ------------------------------------------------------------------ streams, in one process


def test_events_hold_the_audio_in_base64_and_end_with_what_it_cost(ada: Caller) -> None:
    import base64

    reply = speak(ada, stream_format="sse")
    lines = spoken(reply).decode().split("\n\n")
    assert reply.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert lines.pop() == ""
    assert all(line.startswith("data: {") for line in lines)
    *deltas, done = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert {delta["type"] for delta in deltas} == {"speech.audio.delta"}
    audio = b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
    assert seconds(audio) == pytest.approx(only().duration, abs=0.1)
    assert done == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 26, "output_tokens": 0, "total_tokens": 26},
    }


def test_a_stream_that_cannot_begin_is_an_error_like_others(ada: Caller) -> None:
    for fields in ({"streaming": True}, {"stream_format": "sse"}):
        assert_error(speak(ada, input=UNSPEAKABLE, **fields), 400, "no_speech")
    assert ada.credits() == 10_000


def test_a_speech_of_this_dialect_is_in_the_history_of_the_native_one(ada: Caller) -> None:
    speech_id = speak(ada).headers["x-speech-id"]
    shown = ada.get(f"/api/v1/tts/{speech_id}").json()["speech"]
    assert (shown["text"], shown["status"], shown["creditsUsed"]) == (TEXT, "COMPLETED", 26)


def test_a_key_in_either_header_will_do(ada: Caller) -> None:
    from tests.support.callers import nobody

    client = nobody(**{"x-api-key": ada.written})
    body = json.dumps({"model": "tts-1", "voice": "nova", "input": "Hi."})
    assert spoken(client.post("/v1/audio/speech", body, "application/json"))


def test_another_key_of_the_workspace_has_its_voices_but_not_its_retries(ada: Caller) -> None:
    mallory = make_caller("Mallory")
    speak(ada, headers={"Idempotency-Key": "k"})
    assert "Idempotent-Replayed" not in speak(mallory, headers={"Idempotency-Key": "k"}).headers
