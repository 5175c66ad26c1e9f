import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from inference.jobs import idempotency
from inference.models import Submission
from speech.models import Speech
from tests.support import recordings
from tests.support.callers import AARON, UNSPEAKABLE, Caller, another_key, run_jobs
from voices.models import Voice

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

TTS = "/api/v1/tts"
BODY = {"text": "Say it once.", "voiceId": AARON}
PRICE = len(BODY["text"])


def say(caller: Caller, key: str = "order-1", body: dict[str, Any] = BODY, **headers: str) -> Any:
    return caller.send(TTS, body, headers={"Idempotency-Key": key, **headers})


def clone(caller: Caller, key: str, content: bytes, **fields: str) -> Any:
    form = {"voice": SimpleUploadedFile("a.wav", content), **fields}
    return caller.client.post("/api/v1/voice-clone", form, headers={"Idempotency-Key": key})


def test_the_same_request_is_done_and_charged_once(ada: Caller) -> None:
    before = ada.credits()
    first, second = say(ada), say(ada)
    assert first.status_code == second.status_code == 200
    assert first.json()["speechId"] == second.json()["speechId"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert ada.credits() == before - PRICE


def test_a_replay_shows_the_job_as_it_stands_now(ada: Caller) -> None:
    say(ada)
    run_jobs()
    replay = say(ada).json()
    assert replay["speech"]["status"] == "COMPLETED"
    assert replay["speech"]["audioUrl"].startswith("http")


def test_a_replay_of_a_job_that_failed_says_so_and_what_it_cost(ada: Caller) -> None:
    body = {"text": UNSPEAKABLE, "voiceId": AARON}
    say(ada, "odd", body)
    run_jobs()
    replay = say(ada, "odd", body).json()
    assert replay["speech"]["status"] == "FAILED"
    assert replay["creditsUsed"] == replay["speech"]["creditsUsed"] == 0


def test_another_request_under_the_same_key_is_refused(ada: Caller) -> None:
    say(ada)
    before = ada.credits()
    other = say(ada, body={**BODY, "text": "Say something else."})
    assert other.status_code == 422
    assert other.json()["code"] == "IDEMPOTENCY_MISMATCH"
    assert ada.credits() == before


def test_a_key_counts_for_the_endpoint_it_was_used_at(ada: Caller) -> None:
    say(ada)
    assert clone(ada, "order-1", recordings.wav()).status_code == 422


def test_spelling_the_same_request_differently_is_the_same_request(ada: Caller) -> None:
    first = say(ada)
    spelled = b'{ "voiceId": "%s",  "format":"mp3", "text": "Say it once." }' % AARON.encode()
    second = ada.send(TTS, spelled, headers={"Idempotency-Key": "order-1"})
    assert second.json()["speechId"] == first.json()["speechId"]


def test_files_count_by_their_content_and_not_by_the_form_around_them(ada: Caller) -> None:
    first = clone(ada, "mine", recordings.wav(2.0), title="Me")
    again = clone(ada, "mine", recordings.wav(2.0), title="Me")
    other = clone(ada, "mine", recordings.wav(3.0), title="Me")
    assert again.json()["voiceId"] == first.json()["voiceId"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.status_code == 422
    assert Voice.objects.owned_by(ada.workspace).count() == 1


def test_what_was_refused_is_not_remembered(poor: Caller) -> None:
    assert say(poor).status_code == 429
    assert say(poor, body={**BODY, "voiceId": "none"}).status_code == 404
    short = say(poor, body={**BODY, "text": "Short."})
    assert short.status_code == 200
    assert "Idempotent-Replayed" not in short.headers


def test_keys_of_two_workspaces_have_nothing_to_do_with_each_other(
    ada: Caller, grace: Caller
) -> None:
    assert say(ada).json()["speechId"] != say(grace).json()["speechId"]


def test_two_api_keys_of_one_workspace_share_their_idempotency_keys(ada: Caller) -> None:
    colleague = another_key(ada.workspace)
    assert say(ada).json()["speechId"] == say(colleague).json()["speechId"]


def test_a_key_is_forgotten_after_a_day(ada: Caller) -> None:
    first = say(ada).json()["speechId"]
    Submission.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    second = say(ada)
    assert second.json()["speechId"] != first
    assert "Idempotent-Replayed" not in second.headers


def test_what_is_old_is_removed(ada: Caller) -> None:
    say(ada)
    idempotency.forget_old()
    assert Submission.objects.count() == 1
    Submission.objects.update(created_at=timezone.now() - timedelta(hours=25))
    idempotency.forget_old()
    assert Submission.objects.count() == 0


def test_a_replay_of_what_was_deleted_finds_nothing(ada: Caller) -> None:
    speech = say(ada).json()["speechId"]
    ada.delete(f"{TTS}/{speech}")
    before = ada.credits()
    assert say(ada).status_code == 404
    assert ada.credits() == before


def test_a_webhook_asked_for_twice_is_made_once_and_shows_its_secret_again(ada: Caller) -> None:
    body = {"url": "https://example.com/hook", "events": ["speech.completed"]}
    first, second = (
        ada.send("/api/v1/webhooks", body, headers={"Idempotency-Key": "hook"}) for _ in range(2)
    )
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(ada.get("/api/v1/webhooks").json()["webhooks"]) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "with space", "emoji🙂", "tab\tkey"])
def test_a_key_that_is_none_is_refused(ada: Caller, key: str) -> None:
    before = ada.credits()
    reply = say(ada, key)
    assert reply.status_code == 400
    assert reply.json()["code"] == "INVALID_PARAMETERS"
    assert ada.credits() == before


def retry(caller: Caller, count: int, body: dict[str, Any] = BODY) -> Any:
    return caller.send(TTS, body, headers={"x-stainless-retry-count": str(count)})


def test_a_clients_own_retry_without_a_key_joins_the_first_try(ada: Caller) -> None:
    before = ada.credits()
    first, second = retry(ada, 0), retry(ada, 1)
    assert first.json()["speechId"] == second.json()["speechId"]
    assert second.headers["Idempotent-Replayed"] == "true"
    assert ada.credits() == before - PRICE


def test_a_client_that_asks_twice_gets_two(ada: Caller) -> None:
    assert retry(ada, 0).json()["speechId"] != retry(ada, 0).json()["speechId"]


def test_a_clients_retry_never_joins_a_job_that_failed(ada: Caller) -> None:
    body = {"text": UNSPEAKABLE, "voiceId": AARON}
    first = retry(ada, 0, body).json()["speechId"]
    run_jobs()
    assert Speech.get(first).state == "FAILED"
    assert retry(ada, 1, body).json()["speechId"] != first


def test_a_clients_retry_joins_only_within_a_minute_and_the_same_api_key(ada: Caller) -> None:
    first = retry(ada, 0).json()["speechId"]
    assert retry(another_key(ada.workspace), 1).json()["speechId"] != first
    Submission.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    assert retry(ada, 1).json()["speechId"] != first


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one(ada: Caller) -> None:
    before = ada.credits()
    start = threading.Barrier(8)
    replies: list[Any] = []

    def send() -> None:
        try:
            start.wait()
            replies.append(say(another_client(ada)))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status_code for reply in replies] == [200] * 8
    assert len({reply.json()["speechId"] for reply in replies}) == 1
    assert (
        sorted("Idempotent-Replayed" in reply.headers for reply in replies) == [False] + [True] * 7
    )
    assert ada.credits() == before - PRICE
    assert Speech.objects.of(ada.workspace).count() == 1


def another_client(caller: Caller) -> Caller:
    from tests.support.callers import with_key

    return Caller(caller.workspace, caller.key, caller.written, with_key(caller.written))
