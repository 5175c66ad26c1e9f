"""POST /api/v1/watermark/detect, and audio without a watermark in the native dialect."""

import os
import signal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.models import Scope
from accounts.watermark import set_watermark_right
from billing.models import Entry
from inference.audio.encode import encode
from inference.engines.chatterbox.detector import detector
from speech.models import Speech, UnmarkedUse
from tests.api.replies import assert_error, assert_invalid, ok
from tests.support import recordings
from tests.support.callers import AARON, Caller, another_key, nobody, run_jobs
from tests.watermark import marked

pytestmark = pytest.mark.django_db

MB = 1024 * 1024
PATH = "/api/v1/watermark/detect"
SHAPE = {"success", "available", "watermarked", "confidence", "detector", "duration"}


def detect(caller: Caller, content: bytes, name: str = "audio.wav"):
    return caller.client.post(PATH, {"file": SimpleUploadedFile(name, content)})


def grant_right(caller: Caller, *, granted: bool = True) -> None:
    with transaction.atomic():
        set_watermark_right(
            workspace=caller.workspace, granted=granted, reason="Contract 17", actor="user:1"
        )


def test_a_marked_recording_is_known_and_costs_nothing(ada: Caller) -> None:
    body = ok(detect(ada, marked.mp3(marked.marked()), "speech.mp3"))
    assert set(body) == SHAPE
    assert (body["available"], body["watermarked"]) == (True, True)
    assert 0.5 < body["confidence"] <= 1
    assert body["detector"] == "perth-implicit"
    assert body["duration"] == pytest.approx(3.0, abs=0.1)
    assert ada.credits() == 10_000
    assert not Entry.objects.filter(kind="charge").exists()


@pytest.mark.parametrize("form", ["mp3", "wav", "opus", "aac", "flac"])
def test_what_we_hand_out_can_be_handed_in(ada: Caller, form: str) -> None:
    body = ok(detect(ada, encode([marked.marked()], form), f"speech.{form}"))
    assert (body["available"], body["watermarked"]) == (True, True)


@pytest.mark.parametrize("recording", [recordings.mp3, recordings.wav, recordings.webm])
def test_an_unmarked_recording_is_known_in_each_type(ada: Caller, recording) -> None:
    body = ok(detect(ada, recording(2.0)))
    assert (body["available"], body["watermarked"]) == (True, False)
    assert body["confidence"] < 0.5


def test_the_preview_engine_s_speech_is_said_to_have_no_watermark(ada: Caller, live_audio) -> None:
    body = ok(detect(ada, live_audio(ada), "speech.mp3"))
    assert (body["available"], body["watermarked"]) == (True, False)


@pytest.fixture
def live_audio():
    def spoken(caller: Caller) -> bytes:
        from django.core.files.storage import default_storage

        speech = Speech.get(caller.own_speech(text="Good morning, dear neighbours."))
        with default_storage.open(speech.audio_name) as file:
            return file.read()

    return spoken


def test_what_is_no_recording_is_refused_as_voice_clone_refuses_it(ada: Caller) -> None:
    wrong_type = "Invalid file type. Supported formats: MP3, WAV, WebM, Ogg, FLAC, AAC, M4A"
    duration = "Audio duration must be between 1 and 300 seconds"
    too_large = "File size exceeds 20MB limit"
    assert_invalid(ada.client.post(PATH, {}), "Audio file is required")
    assert_invalid(ada.client.post(PATH, {"file": "words"}), "Audio file is required")
    assert_invalid(detect(ada, b""), "The file is empty.")
    assert_invalid(detect(ada, b"no audio at all"), wrong_type)
    assert_invalid(detect(ada, recordings.wav(0.9)), duration)
    assert_invalid(detect(ada, recordings.mp3(301.0)), duration)
    assert_invalid(detect(ada, recordings.wav(2.0) + bytes(20 * MB)), too_large)
    assert_invalid(detect(ada, bytes(23 * MB)), too_large)


def test_it_takes_forms_only(ada: Caller) -> None:
    assert_error(ada.send(PATH, {"file": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert_error(ada.get(PATH), 405, "METHOD_NOT_ALLOWED")


def test_it_needs_a_key_with_the_scope_of_speech(ada: Caller) -> None:
    reply = nobody().post(PATH, {"file": SimpleUploadedFile("a.wav", recordings.wav())})
    assert_error(reply, 401, "UNAUTHORIZED")
    voices_only = another_key(ada.workspace, scopes=[Scope.VOICES])
    assert_error(detect(voices_only, recordings.wav()), 403, "FORBIDDEN")


def test_it_counts_as_a_submission(ada: Caller, settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = 1
    ok(detect(ada, recordings.wav()))
    reply = detect(ada, recordings.wav())
    assert_error(reply, 429, "RATE_LIMITED")
    assert ada.get("/api/v1/tts").status_code == 200


def test_a_detector_that_dies_answers_503_and_the_next_goes_well(ada: Caller, monkeypatch) -> None:
    ok(detect(ada, recordings.wav()))
    process = detector()._process
    assert process is not None
    monkeypatch.setattr(detector(), "_timeout", 1.0)
    os.kill(process.pid, signal.SIGSTOP)
    reply = detect(ada, recordings.wav())
    assert_error(reply, 503, "DETECTION_UNAVAILABLE")
    assert set(reply.json()) == {"code", "error"}
    assert int(reply.headers["Retry-After"]) >= 1
    monkeypatch.undo()
    assert ok(detect(ada, recordings.wav()))["watermarked"] is False
    assert ada.credits() == 10_000


# ------------------------------------------------------------------ noWatermark


def test_without_the_right_a_speech_without_a_watermark_is_refused_and_nothing_is_charged(
    ada: Caller, grace: Caller
) -> None:
    grant_right(grace)
    for path in ("/api/v1/tts", "/api/v1/tts/quote"):
        body = {"text": "Good morning.", "voiceId": AARON, "noWatermark": True}
        reply = ada.send(path, body)
        assert_error(
            reply, 403, "FORBIDDEN", "This workspace may not have audio without a watermark"
        )
    assert ada.credits() == 10_000
    assert not Speech.objects.filter(workspace=ada.workspace).exists()
    assert not UnmarkedUse.objects.exists()


def test_with_the_right_it_is_made_and_recorded_with_who_asked(ada: Caller, grace: Caller) -> None:
    grant_right(ada)
    speech_id = ok(ada.say(noWatermark=True))["speechId"]
    [use] = UnmarkedUse.objects.all()
    assert use.workspace == ada.workspace
    assert (use.job_id, use.actor) == (speech_id, f"key:{ada.key.pk}")
    assert Speech.get(speech_id).no_watermark
    ok(ada.say(noWatermark=False))
    ok(ada.say())
    assert UnmarkedUse.objects.count() == 1
    assert not UnmarkedUse.objects.filter(workspace=grace.workspace).exists()


def test_the_use_is_recorded_with_the_job_or_neither_is(ada: Caller) -> None:
    grant_right(ada)
    poor = ada.say(text="a" * 5000)
    ok(poor)
    ok(ada.say(text="b" * 4999))
    assert_error(ada.say(noWatermark=True), 429, "USAGE_LIMIT_EXCEEDED")
    assert not UnmarkedUse.objects.exists()


def test_the_same_request_sent_twice_is_one_use(ada: Caller) -> None:
    grant_right(ada)
    body = {"text": "Good morning.", "voiceId": AARON, "noWatermark": True}
    first = ok(ada.send("/api/v1/tts", body, headers={"Idempotency-Key": "one"}))
    grant_right(ada, granted=False)
    again = ok(ada.send("/api/v1/tts", body, headers={"Idempotency-Key": "one"}))
    assert again["speechId"] == first["speechId"]
    assert UnmarkedUse.objects.count() == 1
    assert_error(ada.send("/api/v1/tts", body), 403, "FORBIDDEN")


@pytest.mark.parametrize("odd", ["true", 1, []])
def test_no_watermark_is_true_or_false(ada: Caller, odd: object) -> None:
    assert_invalid(ada.say(noWatermark=odd))


def test_a_speech_says_whether_it_is_watermarked(ada: Caller) -> None:
    speech_id = ok(ada.say())["speechId"]

    def said() -> object:
        return ok(ada.get(f"/api/v1/tts/{speech_id}"))["speech"]["watermarked"]

    assert said() is None
    run_jobs()
    assert said() is False, "the preview engine has no watermark"
    Speech.objects.filter(pk=speech_id).update(watermarked=True)
    assert said() is True
    Speech.objects.filter(pk=speech_id).update(watermarked=False, no_watermark=True)
    assert said() is False
