"""Each test breaks a running installation in one way. Nothing may be lost or billed twice."""

import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import requests

from inference.audio.decode import probe
from tests.faults.installation import ROOT, Installation, Tenant, wait_for

pytestmark = pytest.mark.xdist_group("faults")


def seconds_of_audio(speech: dict) -> float:
    audio = requests.get(speech["audioUrl"], timeout=20)
    assert audio.status_code == 200
    return probe(io.BytesIO(audio.content)).duration


def attempts(installation: Installation, speech_id: str) -> int:
    with psycopg.connect(installation.postgres.url) as database:
        row = database.execute("SELECT attempt FROM speech_speech WHERE id = %s", [speech_id])
        return int(row.fetchone()[0])


def begun(installation: Installation, speech_id: str) -> None:
    wait_for(lambda: attempts(installation, speech_id) > 0, seconds=30, what="the job to begin")


def assert_spoken_and_billed_once(ada: Tenant, speech: dict) -> None:
    assert speech["status"] == "COMPLETED", speech
    assert seconds_of_audio(speech) == pytest.approx(speech["duration"], abs=0.1)
    assert ada.entries(speech["id"]) == ["charge"]
    assert speech["creditsUsed"] == len(speech["text"].encode())


def test_a_worker_killed_in_mid_job_loses_nothing(installation: Installation, ada: Tenant) -> None:
    worker = installation.start_worker()
    speech = ada.say("A long story. {slow 12}", ada.system_voice())
    begun(installation, speech)
    worker.kill()
    replacement = installation.start_worker("replacement")
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    assert attempts(installation, speech) == 2
    replacement.stop()


def test_a_flushed_redis_loses_nothing(installation: Installation, ada: Tenant) -> None:
    voice = ada.system_voice()
    speeches = [ada.say(f"Sentence {word}.", voice) for word in ("one", "two", "three")]
    installation.redis.flush()
    worker = installation.start_worker()
    for speech in speeches:
        assert_spoken_and_billed_once(ada, ada.ended(speech))
    worker.stop()


def test_a_crash_between_commit_and_waking_loses_nothing(
    installation: Installation, ada: Tenant
) -> None:
    """The submitting process dies after its commit, before the broker hears of the job."""
    program = """
import os, django
django.setup()
from unittest.mock import patch
from accounts.api_keys import authenticate
from speech.operations import SpeechRequest, submit_speech
from voices.models import Voice
with patch("inference.jobs.wake._send", lambda **_wanted: os._exit(9)):
    submit_speech(
        workspace=authenticate(os.environ["KEY"]).workspace,
        voice=Voice.objects.public().first(),
        wanted=SpeechRequest(text="Nobody was told of me."),
        actor="test",
    )
"""
    died = subprocess.run(
        [sys.executable, "-c", program],
        env=installation.env | {"KEY": ada.key},
        cwd=ROOT,
        check=False,
    )
    assert died.returncode == 9
    speech = ada.get("/tts").json()["speeches"][0]["id"]
    worker = installation.start_worker()
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    worker.stop()


def test_a_zombie_worker_cannot_settle_what_was_taken_from_it(
    installation: Installation, ada: Tenant
) -> None:
    zombie = installation.start_worker("zombie")
    speech = ada.say("The one who came back. {slow 12}", ada.system_voice())
    begun(installation, speech)
    zombie.send(signal.SIGSTOP)
    second = installation.start_worker("second")
    wait_for(lambda: attempts(installation, speech) == 2, seconds=30, what="a second attempt")
    zombie.send(signal.SIGCONT)
    ended = ada.ended(speech)
    assert_spoken_and_billed_once(ada, ended)
    assert f"{speech}-2" in ended["audioUrl"]
    wait_for(lambda: b"lease_lost" in zombie.log.read_bytes(), seconds=20, what="it to notice")
    stored = list((installation.folder / "home" / "files").rglob(f"{speech}-*"))
    assert [file.name for file in stored] == [f"{speech}-2.mp3"]
    zombie.stop()
    second.stop()


def test_a_hung_engine_is_ended_and_its_job_done_by_another(
    installation: Installation, ada: Tenant, tmp_path: Path
) -> None:
    worker = installation.start_worker("hanging")
    speech = ada.say(f"Wake me. {{hang once {tmp_path}/hung}}", ada.system_voice())
    assert worker.process.wait(60) == 75
    worker.restart()
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    worker.stop()


def test_a_dead_engine_ends_its_process_and_its_job_is_done_by_another(
    installation: Installation, ada: Tenant, tmp_path: Path
) -> None:
    worker = installation.start_worker("dying")
    speech = ada.say(f"Wake me. {{die once {tmp_path}/dead}} Again.", ada.system_voice())
    assert worker.process.wait(60) == 75
    worker.restart()
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    assert attempts(installation, speech) == 2
    worker.stop()


def test_storage_that_is_slower_than_a_lease_loses_no_work_and_ends_no_worker(
    installation: Installation, ada: Tenant
) -> None:
    settings = "DJANGO_SETTINGS_MODULE"
    usual = installation.env[settings]
    installation.env[settings] = "tests.faults.slow_settings"
    try:
        worker = installation.start_worker("slow")
    finally:
        installation.env[settings] = usual
    speech = ada.say("It takes a while to store me.", ada.system_voice())
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    assert attempts(installation, speech) == 1
    assert worker.process.poll() is None
    worker.stop()


def test_a_job_that_always_fails_is_refunded_after_its_last_attempt(
    installation: Installation, ada: Tenant
) -> None:
    before = ada.credits()
    worker = installation.start_worker()
    speech = ada.ended(ada.say("I fail. {raise}", ada.system_voice()))
    assert speech["status"] == "FAILED"
    assert speech["error"]["code"] == "INTERNAL_ERROR"
    assert speech["creditsUsed"] == 0
    assert sorted(ada.entries(speech["id"])) == ["charge", "refund"]
    assert ada.credits() == before
    assert attempts(installation, speech["id"]) == 3
    worker.stop()


def test_a_running_job_can_be_cancelled_and_is_refunded(
    installation: Installation, ada: Tenant
) -> None:
    before = ada.credits()
    worker = installation.start_worker()
    speech = ada.say("Stop me. {slow 60}", ada.system_voice())
    begun(installation, speech)
    cancelled = ada.http.post(f"{ada.url}/api/v1/tts/{speech}/cancel", timeout=10)
    assert cancelled.status_code == 200
    assert ada.ended(speech)["error"]["code"] == "CANCELLED"
    assert ada.credits() == before
    again = ada.http.post(f"{ada.url}/api/v1/tts/{speech}/cancel", timeout=10)
    assert again.status_code == 409
    worker.stop()


def test_a_worker_that_is_told_to_stop_finishes_its_job(
    installation: Installation, ada: Tenant
) -> None:
    worker = installation.start_worker()
    speech = ada.say("Let me finish. {slow 8}", ada.system_voice())
    begun(installation, speech)
    assert worker.stop() == 0
    assert_spoken_and_billed_once(ada, ada.speech(speech))
    assert attempts(installation, speech) == 1


def test_requests_are_answered_while_redis_is_down_and_their_jobs_are_done_later(
    installation: Installation, ada: Tenant
) -> None:
    voice = ada.system_voice()
    worker = installation.start_worker()
    installation.redis.kill()
    began = time.monotonic()
    speech = ada.say("Who needs Redis?", voice)
    assert time.monotonic() - began < 5
    installation.redis.restart()
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    worker.stop()


def test_a_restarted_postgresql_loses_nothing(installation: Installation, ada: Tenant) -> None:
    worker = installation.start_worker()
    speech = ada.say("Hold on to me. {slow 12}", ada.system_voice())
    begun(installation, speech)
    installation.postgres.kill()
    installation.postgres.restart()
    assert_spoken_and_billed_once(ada, ada.ended(speech))
    worker.stop()


def test_the_ledger_holds_after_all_of_it(installation: Installation) -> None:
    assert "agree with their entries" in installation.manage("audit_ledger")
