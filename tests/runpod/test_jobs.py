"""What becomes of a job: its status, its wait, its cancellation, its end."""

import base64
import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.utils import timezone

from inference.heartbeat import ALIVE
from inference.jobs.lifecycle import cancel_queued, fail
from inference.jobs.reaper import reap
from inference.jobs.runner import run_claimed
from inference.models import WorkerProcess
from speech.calls import expire_calls
from speech.models import Call, Speech
from tests.runpod.customer import NOBODYS, Customer, body_of, opened, spoken
from tests.support.callers import run_jobs
from tests.support.waiting import jobs_done_while_waiting
from voiceclone.api.runpod.streamed_json import BLOCK, encoded

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

TTS = {"operation": "tts", "text": "The tide comes in at noon."}


def test_a_job_goes_from_the_queue_through_work_to_its_output(ada: Customer) -> None:
    job_id, held = ada.in_work(**TTS)
    waiting = ada.submit(**TTS)
    assert ada.status(waiting) == {"id": waiting, "status": "IN_QUEUE"}
    said = ada.status(job_id)
    assert (said.pop("id"), said.pop("status")) == (job_id, "IN_PROGRESS")
    assert set(said) == {"delayTime"}
    run_claimed(held)
    said = ada.status(job_id)
    assert said["status"] == "COMPLETED"
    speech = Speech.objects.get(call=job_id)
    assert speech.finished_at is not None
    spent = (speech.finished_at - speech.started_at).total_seconds() * 1000
    assert said["executionTime"] == pytest.approx(spent, abs=1)
    waited = (speech.started_at - speech.created_at).total_seconds() * 1000
    assert said["delayTime"] == pytest.approx(waited, abs=1)


def test_status_is_had_by_post_as_well(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    run_jobs()
    assert body_of(ada.post(f"status/{job_id}")) == ada.status(job_id)
    assert body_of(ada.post(f"status-sync/{job_id}?wait=1000")) == ada.status(job_id)


@pytest.mark.parametrize("beyond", [0, 1, 2])
def test_long_audio_comes_in_blocks_that_join(ada: Customer, beyond: int) -> None:
    job_id = ada.submit(**TTS)
    run_jobs()
    name = Speech.objects.get(call=job_id).audio_name
    content = bytes(range(256)) * (BLOCK // 128) + b"x" * beyond
    with default_storage.open(name, "wb") as file:
        file.write(content)
    reply = ada.get(f"status/{job_id}")
    blocks = [len(block) for block in reply.streaming_content]
    assert max(blocks) <= BLOCK // 3 * 4
    assert len(blocks) > 3
    assert base64.b64decode(ada.status(job_id)["output"]["audio"], validate=True) == content


class Slow(io.BytesIO):
    """A file that gives less than it is asked for, as one behind a network may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 1, 1000))


def test_blocks_join_though_the_storage_gives_less_than_it_is_asked_for() -> None:
    content = bytes(range(250)) * 41
    joined = b"".join(encoded(Slow(content)))
    assert base64.b64decode(joined, validate=True) == content


def test_a_failed_job_says_why_and_costs_nothing(ada: Customer) -> None:
    job_id, held = ada.in_work(**TTS)
    assert ada.credits() < 10_000
    fail(held, code="BROKEN", message="It broke.")
    said = ada.status(job_id)
    assert (said["status"], said["error"]) == ("FAILED", "It broke.")
    assert "output" not in said
    assert ada.credits() == 10_000


def test_a_policy_limits_a_job(ada: Customer) -> None:
    policy = {"executionTimeout": 5000, "ttl": 60_000, "lowPriority": True}
    reply = ada.post("run", {"input": TTS, "policy": policy})
    speech = Speech.objects.get(call=reply.json()["id"])
    assert speech.execution_seconds == 5.0
    assert (speech.deadline - speech.created_at).total_seconds() == pytest.approx(60, abs=1)


def test_a_job_past_its_time_is_timed_out_and_refunded(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    Speech.objects.update(deadline=timezone.now() - timedelta(seconds=1))
    reap(Speech)
    said = ada.status(job_id)
    assert said["status"] == "TIMED_OUT"
    assert said["error"]
    assert ada.credits() == 10_000


@pytest.mark.parametrize(("how", "seconds"), [("run", 1800), ("runsync", 60)])
def test_results_are_kept_as_long_as_promised(ada: Customer, how: str, seconds: int) -> None:
    with jobs_done_while_waiting():
        job_id = body_of(ada.post(how, {"input": TTS}))["id"]
    run_jobs()
    call = Call.objects.get(pk=job_id)
    finished = Speech.objects.get(call=job_id).finished_at
    assert call.expires_at is not None
    assert finished is not None
    assert (call.expires_at - finished).total_seconds() == pytest.approx(seconds, abs=1)
    assert ada.get(f"status/{job_id}").status_code == 200
    Call.objects.update(expires_at=timezone.now())
    for path in (f"status/{job_id}", f"status-sync/{job_id}", f"stream/{job_id}"):
        reply = ada.get(path)
        assert (reply.status_code, reply.json()) == (404, {"error": "Job not found"})
    expire_calls()
    assert Speech.objects.get().deleted_at is not None


def test_a_deleted_speech_is_no_job_any_more(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    run_jobs()
    ada.caller.delete(f"/api/v1/tts/{Speech.objects.get().pk}")
    assert ada.get(f"status/{job_id}").status_code == 404


# ------------------------------------------------------------------------------ waiting


def test_runsync_answers_with_the_output(ada: Customer) -> None:
    with jobs_done_while_waiting():
        reply = ada.post("runsync", {"input": TTS})
    said = body_of(reply)
    assert reply.status_code == 200
    assert said["status"] == "COMPLETED"
    assert opened(said["output"]["audio"]).getnframes() > 0


def test_runsync_that_waits_too_long_answers_with_the_job_and_leaves_it(ada: Customer) -> None:
    job_id, _held = ada.in_work(**TTS)
    with jobs_done_while_waiting():  # which cannot do what is in work
        reply = ada.get(f"status-sync/{job_id}?wait=1000")
    assert body_of(reply)["status"] == "IN_PROGRESS"
    assert Speech.objects.get().cancel_requested is False


def test_what_fails_by_its_input_is_answered_at_once(ada: Customer) -> None:
    said = body_of(ada.post("runsync", {"input": {"operation": "nothing"}}))
    assert (said["status"], said["error"]) == ("FAILED", "Unknown operation: nothing")
    listed = body_of(ada.post("runsync", {"input": {"operation": "list_local_voices"}}))
    assert listed["output"]["total_local_voices"] == 37


@pytest.mark.parametrize("wait", ["999", "300001", "-1", "soon", "1.5", ""])
def test_a_wait_out_of_range_is_refused_before_anything_is_charged(
    ada: Customer, wait: str
) -> None:
    reply = ada.post(f"runsync?wait={wait}", {"input": TTS})
    assert reply.status_code == 400
    assert "wait" in reply.json()["error"]
    assert not Speech.objects.exists()


# ------------------------------------------------------------------------------ cancelling


def test_a_queued_job_is_cancelled_at_once(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    for _ in range(2):  # and to say so again changes nothing
        reply = ada.post(f"cancel/{job_id}", b"")
        assert (reply.status_code, reply.json()) == (200, {"id": job_id, "status": "CANCELLED"})
    assert ada.credits() == 10_000


def test_a_running_job_stops_at_its_next_piece(ada: Customer) -> None:
    job_id, held = ada.in_work(**TTS)
    with jobs_done_while_waiting():
        assert ada.post(f"cancel/{job_id}", b"").json()["status"] == "IN_PROGRESS"
    run_claimed(held)
    assert ada.status(job_id)["status"] == "CANCELLED"
    assert ada.credits() == 10_000


def test_what_has_ended_cannot_be_cancelled(ada: Customer) -> None:
    done, refused = ada.submit(**TTS), ada.submit(operation="nothing")
    run_jobs()
    for job_id in (done, refused):
        reply = ada.post(f"cancel/{job_id}", b"")
        assert (reply.status_code, reply.json()) == (409, {"error": "The job has already ended"})
    assert ada.status(done)["status"] == "COMPLETED"


# ------------------------------------------------------------------------------ the queue


def test_purging_cancels_what_waits_and_nothing_else(ada: Customer, grace: Customer) -> None:
    running, held = ada.in_work(**TTS)
    elsewhere = Customer(ada.caller, "another").submit(**TTS)
    hers = grace.submit(**TTS)
    cloning = {"operation": "voice_cloning", "voice_name": "Mine", "reference_audio": spoken()}
    waiting = [ada.submit(**TTS), ada.submit(**cloning)]
    reply = ada.post("purge-queue", b"")
    assert (reply.status_code, reply.json()) == (200, {"removed": 2, "status": "completed"})
    assert [ada.status(job_id)["status"] for job_id in waiting] == ["CANCELLED"] * 2
    assert grace.status(hers)["status"] == "IN_QUEUE"
    assert Customer(ada.caller, "another").status(elsewhere)["status"] == "IN_QUEUE"
    run_claimed(held)
    assert ada.status(running)["status"] == "COMPLETED"
    assert ada.credits() == 10_000 - 2 * len(TTS["text"])


def test_what_was_taken_up_at_this_moment_is_not_purged(ada: Customer) -> None:
    _job_id, held = ada.in_work(**TTS)
    assert cancel_queued(Speech, held.job.pk) is False
    run_claimed(held)
    assert Speech.objects.get().state == "COMPLETED"


def test_health_counts_ones_own_jobs_of_the_endpoint(ada: Customer, grace: Customer) -> None:
    ada.submit(operation="list_local_voices")
    ada.submit(operation="nothing")
    _job, held = ada.in_work(**TTS)
    fail(held, code="BROKEN", message="It broke.")
    ada.submit(**TTS)
    run_jobs()
    ada.in_work(**TTS)
    ada.submit(**TTS)
    grace.submit(**TTS)
    a_worker_of(threads=8)
    said = ada.get("health").json()
    assert said["jobs"] == {
        "completed": 2, "failed": 2, "inProgress": 1, "inQueue": 1, "retried": 0,
    }  # fmt: skip
    assert said["workers"] == {
        "idle": 7, "initializing": 0, "ready": 8, "running": 1, "throttled": 0, "unhealthy": 0,
    }  # fmt: skip
    assert Customer(ada.caller, "another").get("health").json()["jobs"]["inQueue"] == 0


def test_health_has_no_more_places_than_live_workers_and_the_plan_give(
    ada: Customer, settings: Any
) -> None:
    def ready() -> int:
        return int(ada.get("health").json()["workers"]["ready"])

    assert ready() == 0
    a_worker_of(threads=8)
    assert ready() == 8
    a_worker_of(threads=8)
    settings.CONCURRENT_JOBS = 10
    assert ready() == 10
    WorkerProcess.objects.update(seen_at=Now() - ALIVE)
    assert ready() == 0


def a_worker_of(*, threads: int) -> None:
    """Enter a worker process that is alive."""
    WorkerProcess.objects.create(
        id=uuid.uuid4().hex, host="gpu", pid=7, threads=threads, engine="espeak"
    )


@pytest.mark.parametrize("job_id", [NOBODYS, "nonsense", "%00", "x" * 200])
def test_there_is_no_such_job(ada: Customer, job_id: str) -> None:
    for path in (f"status/{job_id}", f"status-sync/{job_id}", f"stream/{job_id}"):
        assert ada.get(path).status_code == 404
    for path in (f"cancel/{job_id}", f"retry/{job_id}"):
        reply = ada.post(path, b"")
        assert (reply.status_code, reply.json()) == (404, {"error": "Job not found"})
