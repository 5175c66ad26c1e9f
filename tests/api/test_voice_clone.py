"""POST /api/v1/voice-clone."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from billing.models import Entry
from inference.audio.decode import probe
from inference.engines.base import EngineError
from inference.jobs.model import JobState
from tests.api.replies import ID, TIME, assert_error, assert_invalid, ok
from tests.support import recordings
from tests.support.callers import Caller, run_jobs
from voices.models import Voice

WRONG_TYPE = "Invalid file type. Supported formats: MP3, WAV, WebM"
TOO_LARGE = "File size exceeds 20MB limit"
MB = 1024 * 1024


def assert_nothing_charged(caller: Caller) -> None:
    assert caller.credits() == 10_000
    assert not Voice.objects.filter(workspace=caller.workspace).exists()
    assert not Entry.objects.filter(kind="charge", wallet__workspace=caller.workspace).exists()


def test_a_clone_answers_at_once_in_the_documented_shape(ada: Caller) -> None:
    body = ok(
        ada.clone(
            title="My voice",
            description="Low and calm",
            coverImage="https://example.com/cover.jpg",
            tags='["male","young"]',
        )
    )
    voice = body["voice"]
    assert set(body) == {"success", "voiceId", "voice"}
    assert body["voiceId"] == voice["id"]
    assert ID.fullmatch(voice["id"])
    assert TIME.fullmatch(voice["createdAt"])
    assert voice["audioUrl"].startswith("http://testserver/files/")
    assert {name: voice[name] for name in voice if name not in {"id", "createdAt", "audioUrl"}} == {
        "title": "My voice",
        "description": "Low and calm",
        "coverImage": "https://example.com/cover.jpg",
        "duration": 2.0,
        "tags": ["male", "young"],
        "status": "PROCESSING",
    }


def test_a_clone_with_the_file_alone_gets_a_title_of_its_own(ada: Caller) -> None:
    voice = ok(ada.clone())["voice"]
    assert voice["title"]
    assert (voice["description"], voice["coverImage"], voice["tags"]) == (None, None, [])
    assert ok(ada.clone())["voice"]["title"] != voice["title"]


@pytest.mark.parametrize("make", [recordings.mp3, recordings.wav, recordings.webm])
def test_mp3_wav_and_webm_are_told_by_their_content_and_cloned(ada: Caller, make) -> None:
    voice = ok(ada.clone(make(), name="holiday.txt"))["voice"]
    assert voice["duration"] == pytest.approx(2.0, abs=0.1)
    run_jobs()
    shown = ok(ada.get(f"/api/v1/voices/{voice['id']}"))["voice"]
    assert shown["status"] == "COMPLETED"
    assert shown["engine"] == "espeak"
    assert ada.say(voice=voice["id"]).status_code == 200


def test_the_recording_is_served_as_it_came(ada: Caller) -> None:
    url = ok(ada.clone(recordings.webm()))["voice"]["audioUrl"]
    reply = Client().get(url)
    assert b"".join(reply.streaming_content) == recordings.webm()
    assert reply.headers["Content-Type"] == "audio/webm"


def test_a_clone_costs_1000_credits(ada: Caller) -> None:
    ok(ada.clone())
    assert ada.credits() == 9_000
    run_jobs()
    assert ada.credits() == 9_000


def test_a_clone_nobody_can_pay_is_refused_with_what_it_takes(poor: Caller) -> None:
    reply = poor.clone()
    assert_error(reply, 429, "USAGE_LIMIT_EXCEEDED", "Insufficient credits")
    assert reply.json() == {
        "code": "USAGE_LIMIT_EXCEEDED",
        "error": "Insufficient credits",
        "credits": 10,
        "needCredits": 1000,
    }
    assert reply.headers["x-should-retry"] == "false"
    assert "Retry-After" not in reply.headers
    assert not Voice.objects.filter(workspace=poor.workspace).exists()


def test_a_clone_that_fails_is_paid_back_and_says_why(ada: Caller, monkeypatch) -> None:
    def refuse(*_args, **_kwargs):
        raise EngineError("REFERENCE_UNUSABLE", "There is no speech in it.", retryable=False)

    monkeypatch.setattr("inference.engines.espeak.EspeakEngine.clone", refuse)
    voice_id = ok(ada.clone())["voiceId"]
    run_jobs()
    shown = ok(ada.get(f"/api/v1/voices/{voice_id}"))["voice"]
    assert shown["status"] == "FAILED"
    assert shown["error"] == {"code": "REFERENCE_UNUSABLE", "message": "There is no speech in it."}
    assert ada.credits() == 10_000
    assert_error(ada.say(voice=voice_id), 404, "NOT_FOUND", "Voice not found or not available")


@pytest.mark.parametrize(
    "content",
    [
        b"not audio at all",
        bytes(range(256)) * 64,
        b"PK\x03\x04" + bytes(2000),
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"#EXTM3U\n#EXTINF:3,\nfile:///etc/passwd\n",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"ID3\x04\x00\x00\x00\x00\x00\x00",
        b"\x1aE\xdf\xa3",
    ],
    ids=["text", "noise", "zip", "ffconcat", "playlist", "wav head", "id3", "ebml"],
)
def test_what_is_no_audio_is_refused_before_anything_is_charged(
    ada: Caller, content: bytes
) -> None:
    assert_invalid(ada.clone(content, name="voice.mp3"), WRONG_TYPE)
    assert_nothing_charged(ada)


def test_audio_of_another_type_is_refused_whatever_it_is_called(ada: Caller) -> None:
    assert_invalid(ada.clone(recordings.flac(), name="voice.wav"), WRONG_TYPE)
    assert_nothing_charged(ada)


@pytest.mark.parametrize("seconds", [1.0, 180.1, 700.0])
def test_a_recording_may_be_longer_than_what_is_used(ada: Caller, seconds: float) -> None:
    reply = ada.clone(recordings.mp3(seconds), name="voice.mp3")
    assert ok(reply)["voice"]["duration"] == pytest.approx(seconds, abs=0.1)
    run_jobs()
    assert Voice.objects.get(workspace=ada.workspace).state == "COMPLETED"


def test_a_recording_under_a_second_is_refused(ada: Caller) -> None:
    message = "The audio lasts 0.95 s; at least 1 s are needed."
    assert_invalid(ada.clone(recordings.wav(0.95)), message)
    assert_nothing_charged(ada)


def test_a_silent_recording_is_refused_before_anything_is_charged(ada: Caller) -> None:
    assert_invalid(ada.clone(recordings.silence(4.0)), "The recording is silent.")
    assert_nothing_charged(ada)


def test_an_empty_file_says_that_it_is_empty(ada: Caller) -> None:
    assert_invalid(ada.clone(b""), "The file is empty.")
    assert_nothing_charged(ada)


def test_a_file_of_exactly_20_mb_is_taken_for_what_it_is(ada: Caller) -> None:
    assert_invalid(ada.clone(bytes(20 * MB)), WRONG_TYPE)


@pytest.mark.parametrize("size", [20 * MB + 1, 23 * MB])
def test_a_file_over_20_mb_is_400_in_the_documented_words(ada: Caller, size: int) -> None:
    assert_invalid(ada.clone(bytes(size)), TOO_LARGE)
    assert_nothing_charged(ada)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "Voice file is required"),
        ({"voice": "not a file"}, "Voice file is required"),
        ({"VOICE": SimpleUploadedFile("a.wav", b"x")}, "Voice file is required"),
    ],
)
def test_a_form_without_a_file_says_so(ada: Caller, form: dict, message: str) -> None:
    assert_invalid(ada.client.post("/api/v1/voice-clone", form), message)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("description", "d" * 501, "Description exceeds maximum length of 500 characters"),
        ("title", "t" * 101, "Title exceeds maximum length of 100 characters"),
        ("coverImage", "javascript:alert(1)", "coverImage must be an http or https URL"),
        ("coverImage", "ftp://example.com/a.png", "coverImage must be an http or https URL"),
        ("coverImage", "https://", "coverImage must be an http or https URL"),
        ("coverImage", "https://example.com/" + "a" * 2000, None),
        ("title", "a\0b", None),
        ("description", "a\0b", None),
        ("coverImage", "https://example.com/\0", None),
        ("tags", "a\0b", "Tags must not contain null or surrogate characters"),
        ("tags", '["\\ud800"]', "Tags must not contain null or surrogate characters"),
        ("tags", "[1, 2]", "Tags must be a JSON array of strings or a comma-separated string"),
        ("tags", '{"a": 1}', "Tags must be a JSON array of strings or a comma-separated string"),
        ("tags", '["a"', "Tags must be a JSON array of strings or a comma-separated string"),
        ("tags", "[" * 20_000, "Tags must be a JSON array of strings or a comma-separated string"),
        ("tags", ",".join(f"t{n}" for n in range(21)), "At most 20 tags of 50 characters each"),
        ("tags", "t" * 51, "At most 20 tags of 50 characters each"),
    ],
)
def test_what_is_said_of_a_voice_has_bounds(
    ada: Caller, field: str, value: str, message: str | None
) -> None:
    assert_invalid(ada.clone(**{field: value}), message)
    assert_nothing_charged(ada)


@pytest.mark.parametrize("field", ["title", "description", "coverImage", "tags"])
def test_a_file_where_a_text_belongs_is_refused(ada: Caller, field: str) -> None:
    assert_invalid(ada.clone(**{field: SimpleUploadedFile("a.txt", b"text")}))
    assert_nothing_charged(ada)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('["male","young","energetic"]', ["male", "young", "energetic"]),
        ("male, young ,energetic", ["male", "young", "energetic"]),
        ("male,,male, ", ["male"]),
        ('["a, b", "ü"]', ["a, b", "ü"]),
        ("", []),
        ("[]", []),
    ],
)
def test_tags_are_a_json_array_or_separated_by_commas(
    ada: Caller, written: str, kept: list[str]
) -> None:
    assert ok(ada.clone(tags=written))["voice"]["tags"] == kept


@pytest.mark.parametrize("text", ["x" * 500, "語" * 500, "🎈" * 500])
def test_a_description_has_500_characters_in_any_script(ada: Caller, text: str) -> None:
    assert ok(ada.clone(description=text))["voice"]["description"] == text


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\x.wav", "a\0b.wav", "a" * 300 + ".wav", "ü€.wav", "'\";"]
)
def test_a_file_name_is_of_no_consequence(ada: Caller, name: str) -> None:
    reply = ada.clone(name=name)
    if reply.status_code == 400:  # names that Django itself throws away, file and all
        assert_invalid(reply, "Voice file is required")
        return
    voice = Voice.get(ok(reply)["voiceId"])
    assert voice.reference_name.endswith(f"{voice.pk}/reference.wav")


def test_unknown_fields_and_files_are_passed_over_and_the_last_of_two_counts(ada: Caller) -> None:
    form = {
        "voice": [SimpleUploadedFile("a", b"no"), SimpleUploadedFile("b", recordings.wav())],
        "title": ["First", "Second"],
        "more": SimpleUploadedFile("c", b"?"),
        "else": "text",
    }
    assert ok(ada.client.post("/api/v1/voice-clone", form))["voice"]["title"] == "Second"


BOUNDARY = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", BOUNDARY),
        (b"", "multipart/form-data"),
        (b"nothing of the kind", BOUNDARY),
        (b"--b\r\n", BOUNDARY),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", BOUNDARY),
        (b'--b\r\nContent-Disposition: form-data; name="voice"\r\n\r\nx\r\n--b--', BOUNDARY),
        (
            (
                b'--b\r\nContent-Disposition: form-data; name="voice"; filename="a"\r\n'
                b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--"
            ),
            BOUNDARY,
        ),
        (
            b"--b\r\nContent-Disposition: form-data; name*=bogus''%41; filename=a\r\n\r\n\r\n--b--",
            BOUNDARY,
        ),
        (b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--b--', BOUNDARY),
    ],
)
def test_a_malformed_form_is_400(ada: Caller, body: bytes, content_type: str) -> None:
    assert_invalid(ada.send("/api/v1/voice-clone", body, content_type=content_type))


def test_too_many_fields_or_files_are_400(ada: Caller) -> None:
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % n for n in range(1500)
    )
    assert_invalid(ada.send("/api/v1/voice-clone", parts + b"--b--", content_type=BOUNDARY))
    files = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n'
        for _ in range(150)
    )
    assert_invalid(ada.send("/api/v1/voice-clone", files + b"--b--", content_type=BOUNDARY))


@pytest.mark.parametrize(
    "content_type", ["application/json", "audio/mpeg", "", "application/x-www-form-urlencoded"]
)
def test_only_multipart_is_taken(ada: Caller, content_type: str) -> None:
    reply = ada.send("/api/v1/voice-clone", {"voice": "x"}, content_type=content_type)
    assert_error(reply, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_storage_that_fails_is_500_and_charges_nothing(ada: Caller, monkeypatch) -> None:
    def full(*_args, **_kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    assert_error(ada.clone(), 500, "INTERNAL_ERROR")
    assert_nothing_charged(ada)


def test_nothing_stays_in_storage_where_the_row_could_not_be_written(
    ada: Caller, monkeypatch
) -> None:
    removed: list[str] = []
    monkeypatch.setattr("voices.keeping.remove_files", removed.extend)

    def fail(**_kwargs):
        raise RuntimeError("the ledger is away")

    monkeypatch.setattr("voices.operations.charge", fail)
    assert_error(ada.clone(), 500, "INTERNAL_ERROR")
    assert len(removed) == 1


def test_the_quote_says_what_a_clone_would_cost(ada: Caller, poor: Caller) -> None:
    assert ok(ada.send("/api/v1/voice-clone/quote")) == {
        "success": True,
        "creditsNeeded": 1000,
        "credits": 10_000,
        "sufficient": True,
    }
    assert ok(poor.send("/api/v1/voice-clone/quote"))["sufficient"] is False
    assert ada.credits() == 10_000


def test_a_cloned_reference_of_three_minutes_keeps_its_length(ada: Caller) -> None:
    voice_id = ok(ada.clone(recordings.mp3(170)))["voiceId"]
    voice = Voice.get(voice_id)
    assert voice.state == JobState.QUEUED
    assert probe(io.BytesIO(recordings.mp3(170))).duration == pytest.approx(voice.duration)
