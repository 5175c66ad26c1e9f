"""``/stream``: the audio while it is made, each chunk once, and paid for."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from inference.audio.encode import wav_header
from inference.jobs.lifecycle import fail, release
from inference.jobs.runner import run_claimed
from inference.live import LiveChunk, open_writer
from speech.models import Speech
from tests.runpod.customer import Customer, body_of, opened
from tests.support.callers import run_jobs

TEXT = "The tide comes in at noon. The boats go out at one. "
STREAMED = {"operation": "tts", "mode": "streaming", "text": TEXT, "chunk_size": 6}


def chunks(customer: Customer, job_id: str, *, status: str) -> list[dict]:
    reply = customer.get(f"stream/{job_id}")
    assert reply.status_code == 200
    said = body_of(reply)
    assert set(said) == {"status", "stream"}
    assert said["status"] == status
    outputs = [chunk["output"] for chunk in said["stream"]]
    for output in outputs:
        assert set(output) == {"audio", "sample_rate", "chunk", "duration"}
        file = opened(output["audio"])
        assert file.getframerate() == output["sample_rate"]
        assert file.getnframes() / file.getframerate() == pytest.approx(
            output["duration"], abs=0.001
        )
    return outputs


def frames(outputs: list[dict]) -> bytes:
    return b"".join(_frames(output["audio"]) for output in outputs)


def _frames(audio: str) -> bytes:
    file = opened(audio)
    return file.readframes(file.getnframes())


class Worker:
    """Sends what an engine would, chunk by chunk, as the worker does."""

    def __init__(self, job_id: str, held) -> None:
        self.speech = Speech.objects.get(call=job_id)
        self.attempt = held.attempt
        self.writer = open_writer(self.speech.pk, held.attempt)
        self.text_bytes = 0
        self.sent = 0
        self.count = 0

    def send(self, seconds: float, text_bytes: int) -> None:
        data = b"\1\0" * round(24_000 * seconds)
        if not self.count:
            data = wav_header(24_000, None) + data
        self.text_bytes += text_bytes
        self.writer.write(
            LiveChunk(
                attempt=self.attempt,
                index=self.count,
                data=data,
                offset=self.sent,
                text_bytes=self.text_bytes,
                seconds=seconds,
                elapsed=1.0,
            )
        )
        self.sent += len(data)
        self.count += 1


def test_the_chunks_of_a_done_job_make_up_its_audio(ada: Customer) -> None:
    job_id = ada.submit(**STREAMED)
    assert chunks(ada, job_id, status="IN_QUEUE") == []
    run_jobs()
    outputs = chunks(ada, job_id, status="COMPLETED")
    assert [output["chunk"] for output in outputs] == list(range(1, len(outputs) + 1))
    assert len(outputs) >= 2
    assert frames(outputs) == _frames(ada.status(job_id)["output"]["audio"])
    assert chunks(ada, job_id, status="COMPLETED") == []


def test_post_does_as_well_and_head_moves_nothing(ada: Customer) -> None:
    job_id = ada.submit(**STREAMED)
    run_jobs()
    assert ada.caller.client.head(ada.path(f"stream/{job_id}")).status_code == 405
    assert body_of(ada.post(f"stream/{job_id}", b""))["stream"]
    assert chunks(ada, job_id, status="COMPLETED") == []


def test_chunks_are_handed_out_once_as_they_are_made(ada: Customer) -> None:
    job_id, held = ada.in_work(**STREAMED)
    worker = Worker(job_id, held)
    assert chunks(ada, job_id, status="IN_PROGRESS") == []
    worker.send(0.5, 27)
    worker.send(0.25, 0)
    assert [output["duration"] for output in chunks(ada, job_id, status="IN_PROGRESS")] == [
        0.5, 0.25,
    ]  # fmt: skip
    assert chunks(ada, job_id, status="IN_PROGRESS") == []
    worker.send(0.1, 5)
    assert [output["chunk"] for output in chunks(ada, job_id, status="IN_PROGRESS")] == [3]


def test_a_job_whose_audio_has_left_is_not_begun_anew(ada: Customer) -> None:
    job_id, held = ada.in_work(**STREAMED)
    Worker(job_id, held).send(0.5, 0)  # the end of no text yet
    chunks(ada, job_id, status="IN_PROGRESS")
    release(held)
    run_jobs()
    said = ada.status(job_id)
    assert (said["status"], said["error"]) == (
        "FAILED", "The stream broke off; what was not sent is refunded.",
    )  # fmt: skip
    assert ada.credits() == 10_000


def test_what_was_handed_out_is_paid_for_though_the_job_fails(ada: Customer) -> None:
    job_id, held = ada.in_work(**STREAMED)
    worker = Worker(job_id, held)
    worker.send(0.5, 27)
    chunks(ada, job_id, status="IN_PROGRESS")
    worker.send(0.5, 20)  # made, but nobody asked for it
    fail(held, code="BROKEN", message="It broke.")
    assert ada.credits() == 10_000 - 27
    assert chunks(ada, job_id, status="FAILED") == []


def test_the_rest_comes_from_the_stored_file_when_the_stream_is_gone(ada: Customer) -> None:
    job_id = ada.submit(**STREAMED)
    run_jobs()
    speech = Speech.objects.get()
    open_writer(speech.pk, speech.attempt).discard()
    outputs = chunks(ada, job_id, status="COMPLETED")
    assert len(outputs) == 1  # parts of a file are long
    assert frames(outputs) == _frames(ada.status(job_id)["output"]["audio"])
    assert chunks(ada, job_id, status="COMPLETED") == []


def test_a_stream_that_breaks_off_midway_goes_on_where_it_was(ada: Customer) -> None:
    job_id, held = ada.in_work(**STREAMED)
    worker = Worker(job_id, held)
    worker.send(0.5, 27)
    first = chunks(ada, job_id, status="IN_PROGRESS")
    run_claimed(held)
    open_writer(worker.speech.pk, held.attempt).discard()
    rest = chunks(ada, job_id, status="COMPLETED")
    assert [output["chunk"] for output in first + rest] == [1, 2]
    assert frames(rest) == _frames(ada.status(job_id)["output"]["audio"])[24_000:]


def test_basic_speech_is_handed_out_when_it_is_done(ada: Customer) -> None:
    job_id, held = ada.in_work(operation="tts", text=TEXT)
    assert chunks(ada, job_id, status="IN_PROGRESS") == []
    run_claimed(held)
    outputs = chunks(ada, job_id, status="COMPLETED")
    assert frames(outputs) == _frames(ada.status(job_id)["output"]["audio"])


def test_long_audio_comes_in_parts_within_one_answer(ada: Customer) -> None:
    job_id = ada.submit(operation="tts", text="The boats go out at one. " * 40, sample_rate=48_000)
    run_jobs()
    outputs = chunks(ada, job_id, status="COMPLETED")
    assert len(outputs) > 1
    assert max(len(base64.b64decode(output["audio"])) for output in outputs) <= 1024 * 1024 + 44
    assert frames(outputs) == _frames(ada.status(job_id)["output"]["audio"])


def test_a_cancelled_job_ends_the_asking(ada: Customer) -> None:
    job_id = ada.submit(**STREAMED)
    ada.post(f"cancel/{job_id}", b"")
    reply = ada.get(f"stream/{job_id}")
    assert (reply.status_code, reply.json()) == (404, {"error": "Job was cancelled"})


@pytest.mark.parametrize(
    ("given", "status"),
    [({"operation": "list_local_voices"}, "COMPLETED"), ({"operation": "nothing"}, "FAILED")],
)
def test_what_has_no_audio_has_an_empty_stream(ada: Customer, given: dict, status: str) -> None:
    assert chunks(ada, ada.submit(**given), status=status) == []


@pytest.mark.django_db(transaction=True)
def test_of_those_who_ask_at_once_one_is_given_each_chunk(ada: Customer) -> None:
    job_id = ada.submit(**STREAMED)
    run_jobs()

    def ask(_number: int) -> int:
        try:
            return len(body_of(ada.get(f"stream/{job_id}"))["stream"])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(ask, range(8)))
    given = max(counts)
    assert given >= 2
    assert sum(counts) == given
