"""POST and GET /audio/voices: handles of recordings, and the voices that last."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from speech.models import Speech
from tests.audio.files import make
from tests.engines.references import RATE
from tests.support import recordings
from tests.support.callers import AARON, Caller, make_caller, run_jobs
from tests.venice.asking import (
    CLONING,
    PREFIXES,
    assert_error,
    content,
    handle,
    speak,
    spoken,
    upload,
)
from voices.models import Voice
from voices.purge import expire_handles, purge_deleted_voices


def row(written: str) -> Voice:
    return Voice.objects.get(handle=written)


def expire(written: str) -> None:
    Voice.objects.filter(handle=written).update(expires_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_recording_gives_a_handle_of_the_model_for_seven_days_and_costs_nothing(
    ada: Caller, prefix: str
) -> None:
    reply = upload(ada, prefix=prefix)
    assert reply.status_code == 200
    body = reply.json()
    assert set(body) == {"id", "model"}
    assert re.fullmatch(r"vv_[A-Za-z0-9_]{20,}", body["id"])
    assert body["model"] == CLONING
    assert ada.credits() == 10_000
    lives = row(body["id"]).expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < lives <= timedelta(days=7)


@pytest.mark.parametrize("kind", ["mp3", "wav", "flac", "m4a"])
def test_each_documented_container_is_taken_by_its_content(ada: Caller, kind: str) -> None:
    if kind == "m4a":
        recording = make("aac", "ipod", recordings.spoken(6.0), RATE)
    else:
        recording = getattr(recordings, kind)(6.0)
    assert upload(ada, recording, name="voice.bin").status_code == 200


@pytest.mark.usefixtures("working")
def test_a_handle_speaks_with_its_model(ada: Caller) -> None:
    reply = speak(ada, voice=handle(ada), response_format="wav")
    assert spoken(reply)[:4] == b"RIFF"
    assert ada.credits() == 10_000 - 26


@pytest.mark.parametrize("model", ["tts-1", "gpt-4o-mini-tts"])
def test_a_handle_with_another_model_is_refused(ada: Caller, model: str) -> None:
    reply = speak(ada, voice=handle(ada), model=model)
    error = assert_error(reply, 400, "voice_model_mismatch", param="voice")
    assert CLONING in error["message"]
    assert ada.credits() == 10_000


def test_an_expired_handle_of_ones_own_is_said_to_have_expired(ada: Caller) -> None:
    written = handle(ada)
    expire(written)
    for _ in range(2):  # before and after its row is hidden
        error = assert_error(speak(ada, voice=written), 400, "voice_expired", param="voice")
        assert "expired" in error["message"]
        expire_handles()
    assert ada.credits() == 10_000


def test_anothers_handle_answers_as_one_that_does_not_exist(ada: Caller, grace: Caller) -> None:
    hers, nobodys = handle(grace), "vv_" + "0" * 24
    expired = handle(grace)
    expire(expired)
    replies = [speak(ada, voice=written) for written in (hers, expired, nobodys)]
    assert_error(replies[0], 400, "voice_not_found", param="voice")
    assert replies[0].content == replies[1].content == replies[2].content
    assert ada.credits() == 10_000


def test_what_an_expired_handle_left_is_removed(ada: Caller) -> None:
    voice = row(handle(ada))
    name = voice.reference_name
    assert default_storage.exists(name)
    expire(str(voice.handle))
    expire_handles()
    purge_deleted_voices()
    assert not default_storage.exists(name)


def test_the_handle_s_days_are_those_of_the_setting(ada: Caller, settings: Any) -> None:
    settings.RETENTION_HANDLE_DAYS = 2
    assert row(handle(ada)).expires_at < timezone.now() + timedelta(days=2, seconds=1)


@pytest.mark.parametrize("kind", ["webm", "ogg"])
def test_other_containers_are_refused(ada: Caller, kind: str) -> None:
    if kind == "ogg":
        recording = make("libopus", "ogg", recordings.spoken(6.0), 48_000)
    else:
        recording = recordings.webm(6.0)
    error = assert_error(
        upload(ada, recording, name="voice.mp3"), 400, "unsupported_format", param="file"
    )
    assert "M4A" in error["message"]


@pytest.mark.parametrize(
    ("recording", "code"),
    [
        (lambda: b"", "no_audio"),
        (lambda: recordings.silence(6.0), "silent"),
        (lambda: b"this is no audio at all", "unsupported_format"),
        (lambda: recordings.wav(4.9), "too_short"),
    ],
    ids=["empty", "silent", "text", "under 5 s"],
)
def test_a_recording_that_cannot_serve_is_refused_and_leaves_nothing(
    ada: Caller, recording: Callable[[], bytes], code: str
) -> None:
    assert_error(upload(ada, recording()), 400, code, param="file")
    assert not Voice.objects.filter(workspace=ada.workspace).exists()


def test_a_recording_may_be_far_longer_than_what_is_used(ada: Caller) -> None:
    recording = make("flac", "flac", np.tile(recordings.spoken(6.0), 110), 24_000)
    assert upload(ada, recording).status_code == 200


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_file_of_25_mb_is_taken_for_what_it_is_and_a_larger_one_is_413(
    ada: Caller, prefix: str
) -> None:
    most = 25 * 1024 * 1024
    assert_error(upload(ada, bytes(most), prefix=prefix), 400, "unsupported_format", param="file")
    too_large = upload(ada, bytes(most + 1), prefix=prefix)
    error = assert_error(too_large, 413, "PAYLOAD_TOO_LARGE", param="file")
    assert "25 MB" in error["message"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_body_over_26_mb_is_413_before_it_is_read(ada: Caller, prefix: str) -> None:
    stated = str(26 * 1024 * 1024 + 1)
    reply = ada.client.generic(
        "POST", f"{prefix}/audio/voices", b"", "multipart/form-data; boundary=b",
        CONTENT_LENGTH=stated,
    )  # fmt: skip
    assert_error(reply, 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("form", "status", "code", "param"),
    [
        ({"model": None}, 400, "missing_required_parameter", "model"),
        ({"model": ""}, 400, "empty_string", "model"),
        ({"model": "no-such-model"}, 404, "model_not_found", "model"),
        ({"model": "tts-1"}, 400, "invalid_value", "model"),
        ({"file": None}, 400, "missing_required_parameter", "file"),
        ({"file": "a string"}, 400, "invalid_type", "file"),
    ],
)
def test_a_form_that_is_wrong_says_where(
    ada: Caller, form: dict[str, Any], status: int, code: str, param: str
) -> None:
    assert_error(upload(ada, **form), status, code, param=param)


def test_openai_s_own_form_is_told_by_its_fields_and_refused_in_words(ada: Caller) -> None:
    reply = ada.client.post(
        "/v1/audio/voices", {"name": "Mine", "audio_sample": b"x", "consent": "cons_1"}
    )
    error = assert_error(reply, 400, "unsupported_form")
    assert "voice-clone" in error["message"]


@pytest.mark.anydb
def test_a_workspace_has_a_hundred_live_handles_at_most(ada: Caller, grace: Caller) -> None:
    first = handle(ada)
    known = row(first)
    Voice.objects.bulk_create(
        Voice(
            workspace=ada.workspace, type="HANDLE", state="COMPLETED", title="One more",
            finished_at=known.finished_at, expires_at=known.expires_at,
            handle=f"vv_{number:024}",
        )
        for number in range(99)
    )  # fmt: skip
    error = assert_error(upload(ada), 400, "too_many_voices")
    assert "100" in error["message"]
    handle(grace)
    expire(first)
    handle(ada)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_list_has_ones_own_voices_and_the_system_ones_but_no_handles(
    ada: Caller, grace: Caller, prefix: str
) -> None:
    grace.own_voice(title="Grace's")
    mine = ada.own_voice(title="Ada's")
    handle(ada)
    reply = ada.get(f"{prefix}/audio/voices")
    assert reply.status_code == 200
    voices = reply.json()["voices"]
    assert voices[0] == {"id": mine, "name": "Ada's"}
    assert {"id": AARON, "name": "Aaron"} in voices
    assert len(voices) == 1 + 37
    assert all(set(voice) == {"id", "name"} for voice in voices)


def test_a_handle_is_not_listed_natively_but_speaks_there_while_it_lives(
    ada: Caller, grace: Caller
) -> None:
    written = handle(ada)
    assert ada.get("/api/v1/voices").json()["voices"] == []
    reply = ada.say(voice=written)
    assert reply.status_code == 200
    run_jobs()
    shown = ada.get(f"/api/v1/tts/{reply.json()['speechId']}").json()["speech"]
    assert (shown["status"], shown["voice"]["type"]) == ("COMPLETED", "USER")
    assert ada.say(voice=row(written).pk).status_code == 200
    assert grace.say(voice=written).status_code == 404
    expire(written)
    assert ada.say(voice=written).status_code == 404


def test_the_same_upload_under_one_key_makes_one_handle(ada: Caller) -> None:
    key = {"Idempotency-Key": "sample-1"}
    first, second = (upload(ada, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Voice.objects.filter(workspace=ada.workspace).count() == 1
    other = upload(ada, recordings.wav(7.0), headers=key)
    assert_error(other, 422, "idempotency_mismatch")


def test_openai_s_clients_own_retry_makes_no_second_handle(ada: Caller) -> None:
    first = upload(ada, headers={"x-stainless-retry-count": "0"})
    again = upload(ada, headers={"x-stainless-retry-count": "1"})
    assert again.json() == first.json()


def test_a_key_without_the_scope_is_refused(ada: Caller) -> None:
    speaker = make_caller("Eve", scopes=["speech"])
    for reply in (upload(speaker), speaker.get("/v1/audio/voices")):
        assert "voices" in assert_error(reply, 403, "missing_scope")["message"]
    cloner = make_caller("Mallory", scopes=["voices"])
    for reply in (speak(cloner), cloner.get("/v1/models")):
        assert "speech" in assert_error(reply, 403, "missing_scope")["message"]
    assert not Speech.objects.exists()


def test_json_is_no_form(ada: Caller) -> None:
    reply = ada.send("/v1/audio/voices", {"model": CLONING})
    assert_error(reply, 415, "unsupported_media_type")
    broken = ada.client.generic("POST", "/v1/audio/voices", b"--x", "multipart/form-data")
    assert_error(broken, 400, "invalid_request")
    assert b"Traceback" not in content(broken)
