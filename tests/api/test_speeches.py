"""GET, DELETE and cancel of speeches, and the history of them."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from inference.audio.decode import probe
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.model import JobState
from speech.models import Speech
from speech.purge import purge_deleted_speeches
from tests.api.replies import TIME, assert_error, assert_invalid, ok
from tests.support.callers import AARON, Caller, run_jobs

TTS = "/api/v1/tts"
NO_SPEECH = "Speech not found or access denied"


def test_a_speech_in_progress_has_no_audio_yet(ada: Caller) -> None:
    speech_id = ok(ada.say("Hi"))["speechId"]
    shown = ok(ada.get(f"{TTS}/{speech_id}"))["speech"]
    assert (shown["status"], shown["audioUrl"], shown["duration"]) == ("PROCESSING", None, None)
    assert claim_next() is not None
    assert ok(ada.get(f"{TTS}/{speech_id}"))["speech"]["status"] == "PROCESSING"


def test_a_finished_speech_has_the_documented_shape(ada: Caller) -> None:
    voice_id = ada.own_voice(title="Ada's voice", coverImage="https://example.com/a.png")
    speech_id = ada.own_speech(text="Hello there.", voice=voice_id, seed=7)
    body = ok(ada.get(f"{TTS}/{speech_id}"))
    speech = body["speech"]
    assert set(body) == {"success", "speech"}
    assert TIME.fullmatch(speech["createdAt"])
    assert TIME.fullmatch(speech["updatedAt"])
    assert speech["updatedAt"] >= speech["createdAt"]
    assert speech["audioUrl"].startswith("http://testserver/files/")
    assert 0.3 < speech["duration"] < 3
    assert speech["voice"] == {
        "id": voice_id,
        "title": "Ada's voice",
        "coverImage": "https://example.com/a.png",
        "type": "USER",
    }
    fixed = ("id", "text", "format", "status", "creditsUsed", "engine", "seed", "speed")
    assert {name: speech[name] for name in fixed} == {
        "id": speech_id,
        "text": "Hello there.",
        "format": "mp3",
        "status": "COMPLETED",
        "creditsUsed": 12,
        "engine": "espeak",
        "seed": 7,
        "speed": 1.0,
    }
    assert speech["model"].startswith("espeak")
    assert "error" not in speech


@pytest.mark.parametrize(
    ("wanted", "content_type", "container"),
    [
        ("mp3", "audio/mpeg", "mp3"),
        ("wav", "audio/wav", "wav"),
        ("opus", "audio/ogg; codecs=opus", "ogg"),
    ],
)
def test_each_format_decodes_to_the_duration_that_is_said(
    ada: Caller, wanted: str, content_type: str, container: str
) -> None:
    speech_id = ada.own_speech(text="One two three four five.", format=wanted)
    speech = ok(ada.get(f"{TTS}/{speech_id}"))["speech"]
    reply = Client().get(speech["audioUrl"])
    audio = b"".join(reply.streaming_content)
    info = probe(io.BytesIO(audio))
    assert reply.headers["Content-Type"] == content_type
    assert reply.headers["x-engine"] == "espeak"
    assert reply.headers["x-model"] == speech["model"]
    assert reply.headers["x-seed"] == str(speech["seed"])
    assert info.container == container
    assert info.channels == 1
    assert info.duration == pytest.approx(speech["duration"], abs=0.08)  # an encoder's delay


def test_pcm_is_16_bits_at_24_khz_and_says_so(ada: Caller) -> None:
    speech_id = ada.own_speech(text="One two three four five.", format="pcm")
    speech = ok(ada.get(f"{TTS}/{speech_id}"))["speech"]
    reply = Client().get(speech["audioUrl"])
    audio = b"".join(reply.streaming_content)
    assert reply.headers["Content-Type"] == "audio/pcm;rate=24000;channels=1"
    assert len(audio) / 2 / 24_000 == pytest.approx(speech["duration"], abs=0.001)


def test_speed_shortens_and_the_seed_repeats_a_take(ada: Caller) -> None:
    said = {"text": "A sentence of some length, to be measured.", "seed": 3, "format": "wav"}
    shown = [
        ok(ada.get(f"{TTS}/{ada.own_speech(**said, speed=speed)}"))["speech"]
        for speed in (1.0, 1.0, 2.0)
    ]
    takes = [b"".join(Client().get(one["audioUrl"]).streaming_content) for one in shown]
    assert takes[0] == takes[1]
    assert shown[2]["duration"] == pytest.approx(shown[0]["duration"] / 2, rel=0.1)


def test_the_language_that_is_spoken_is_shown(ada: Caller) -> None:
    for more, shown in (({}, "en-us"), ({"language": "de-AT"}, "de-at")):
        speech_id = ok(ada.say("Guten Tag.", **more))["speechId"]
        assert ok(ada.get(f"{TTS}/{speech_id}"))["speech"]["language"] == shown


def test_a_long_text_is_spoken_whole(ada: Caller) -> None:
    text = "This is a sentence of words. " * 20
    speech = ok(ada.get(f"{TTS}/{ada.own_speech(text=text)}"))["speech"]
    one = ok(ada.get(f"{TTS}/{ada.own_speech(text=text[:28])}"))["speech"]
    assert speech["duration"] > 15 * one["duration"]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "TIMED_OUT"])
def test_every_other_end_is_failed_and_says_why(ada: Caller, state: str) -> None:
    speech_id = ok(ada.say("Hi"))["speechId"]
    Speech.objects.filter(pk=speech_id).update(
        state=state, error_code="WHY", error_message="Because.", finished_at=timezone.now()
    )
    shown = ok(ada.get(f"{TTS}/{speech_id}"))["speech"]
    assert shown["status"] == "FAILED"
    assert shown["error"] == {"code": "WHY", "message": "Because."}


@pytest.mark.parametrize(
    "speech_id",
    ["clxxxx", "c" * 25, "%00", "a%00b", "%FF%FE", "%ED%A0%80", "🎈", "x" * 3000, "%2e%2e", "'--"],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "POST"])
def test_a_speech_that_does_not_exist_is_404(ada: Caller, speech_id: str, method: str) -> None:
    path = f"{TTS}/{speech_id}" + ("/cancel" if method == "POST" else "")
    reply = ada.client.generic(method, path)
    if method == "HEAD":
        assert reply.status_code == 404
    else:
        assert_error(reply, 404, "NOT_FOUND", NO_SPEECH)


def test_a_speech_outlives_its_voice(ada: Caller) -> None:
    voice_id = ada.own_voice(title="Gone soon")
    speech_id = ada.own_speech(voice=voice_id)
    ok(ada.delete(f"/api/v1/voices/{voice_id}"))
    assert ok(ada.get(f"{TTS}/{speech_id}"))["speech"]["voice"]["title"] == "Gone soon"


# ------------------------------------------------------------------ cancelling and deleting


def test_a_cancelled_speech_is_paid_back(ada: Caller) -> None:
    speech_id = ok(ada.say("Never mind."))["speechId"]
    shown = ok(ada.send(f"{TTS}/{speech_id}/cancel", b""))["speech"]
    assert shown["status"] == "FAILED"
    assert shown["error"]["code"] == "CANCELLED"
    assert shown["creditsUsed"] == 0
    assert ada.credits() == 10_000


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_cancelling_needs_no_body(ada: Caller, content_type: str) -> None:
    speech_id = ok(ada.say())["speechId"]
    ok(ada.send(f"{TTS}/{speech_id}/cancel", b"", content_type=content_type))


def test_a_speech_in_work_is_asked_to_stop(ada: Caller) -> None:
    speech_id = ok(ada.say())["speechId"]
    assert claim_next() is not None
    ok(ada.send(f"{TTS}/{speech_id}/cancel", b""))
    assert Speech.get(speech_id).cancel_requested


def test_cancelling_what_has_ended_is_409_and_the_audio_stands(ada: Caller) -> None:
    speech_id = ada.own_speech()
    assert_error(
        ada.send(f"{TTS}/{speech_id}/cancel", b""), 409, "CONFLICT", "The job has already ended"
    )
    assert ok(ada.get(f"{TTS}/{speech_id}"))["speech"]["status"] == "COMPLETED"


def test_a_deleted_speech_is_gone_at_once_and_its_audio_soon_after(ada: Caller) -> None:
    speech_id = ada.own_speech()
    url = ok(ada.get(f"{TTS}/{speech_id}"))["speech"]["audioUrl"]
    assert ok(ada.delete(f"{TTS}/{speech_id}")) == {"success": True}
    assert_error(ada.get(f"{TTS}/{speech_id}"), 404, "NOT_FOUND", NO_SPEECH)
    assert_error(ada.delete(f"{TTS}/{speech_id}"), 404, "NOT_FOUND", NO_SPEECH)
    assert ok(ada.get(TTS))["speeches"] == []
    purge_deleted_speeches()
    assert Client().get(url).status_code == 404


def test_deleting_a_speech_in_progress_cancels_and_pays_back(ada: Caller) -> None:
    speech_id = ok(ada.say())["speechId"]
    ok(ada.delete(f"{TTS}/{speech_id}"))
    assert Speech.get(speech_id).state == JobState.CANCELLED
    assert ada.credits() == 10_000
    run_jobs()


# ------------------------------------------------------------------ the history


def make_history(caller: Caller, count: int) -> list[str]:
    """Make speeches a minute apart; returns their ids, newest first."""
    ids = []
    for number in range(count):
        speech_id = ok(caller.say(f"Number {number}."))["speechId"]
        made = timezone.now() + timedelta(minutes=number - count)
        Speech.objects.filter(pk=speech_id).update(created_at=made)
        ids.insert(0, speech_id)
    return ids


def listed(caller: Caller, query: str = "") -> list[str]:
    return [speech["id"] for speech in ok(caller.get(TTS + query))["speeches"]]


def test_the_history_is_paged_newest_first(ada: Caller) -> None:
    ids = make_history(ada, 5)
    assert listed(ada) == ids
    assert listed(ada, "?sortOrder=asc") == ids[::-1]
    assert listed(ada, "?limit=2") == ids[:2]
    assert listed(ada, "?limit=2&page=3") == ids[4:]
    assert listed(ada, "?limit=2&page=4") == []
    assert ok(ada.get(f"{TTS}?limit=2&page=2"))["pagination"] == {
        "page": 2,
        "limit": 2,
        "total": 5,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": True,
    }


def test_the_history_is_filtered_by_status_and_voice(ada: Caller) -> None:
    done = ada.own_speech()
    waiting = ok(ada.say(voice=ada.own_voice()))["speechId"]
    stopped = ok(ada.say())["speechId"]
    ada.send(f"{TTS}/{stopped}/cancel", b"")
    assert listed(ada, "?status=COMPLETED") == [done]
    assert listed(ada, "?status=PROCESSING") == [waiting]
    assert listed(ada, "?status=FAILED") == [stopped]
    assert set(listed(ada, f"?voiceId={AARON}")) == {done, stopped}
    assert listed(ada, "?voiceId=clxxxx") == []


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "limit=101", "limit=0", "status=DONE", "sortOrder=up", "voiceId=%00",
     "voiceId=" + "v" * 65],
)  # fmt: skip
def test_a_history_asked_for_wrongly_is_400(ada: Caller, query: str) -> None:
    assert_invalid(ada.get(f"{TTS}?{query}"))
