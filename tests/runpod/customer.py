"""A customer's program that calls an endpoint, without a network between."""

import base64
import io
import json
import wave
from dataclasses import dataclass
from typing import Any

from inference.jobs.fair_scheduler import claim_next
from speech.models import Call
from tests.support import recordings
from tests.support.callers import Caller, run_jobs

ENDPOINT = "c2wmx1ln5ccp6c"
NOBODYS = "8b1d4a52-6f0e-4c39-9d27-5e3a1c7f9b40"


def body_of(reply: Any) -> dict[str, Any]:
    """Return the JSON of a reply, be it streamed or not."""
    content = b"".join(reply.streaming_content) if reply.streaming else reply.content
    if "Content-Length" in reply.headers:
        assert int(reply.headers["Content-Length"]) == len(content)
    said: dict[str, Any] = json.loads(content)
    return said


def base64_of(recording: bytes) -> str:
    return base64.b64encode(recording).decode()


def spoken(seconds: float = 6.0) -> str:
    """Return a recording of a man who speaks, as base64."""
    return base64_of(recordings.wav(seconds))


def opened(audio: str) -> wave.Wave_read:
    """Return a WAV that came as base64; its sizes must be true."""
    data = base64.b64decode(audio, validate=True)
    file = wave.Wave_read(io.BytesIO(data))
    assert file.getnframes() * 2 + 44 == len(data)
    return file


def seconds_of(audio: str) -> float:
    file = opened(audio)
    return file.getnframes() / file.getframerate()


@dataclass
class Customer:
    caller: Caller
    endpoint: str = ENDPOINT

    def path(self, rest: str) -> str:
        return f"/v2/{self.endpoint}/{rest}"

    def post(self, rest: str, body: object = None, **options: Any) -> Any:
        return self.caller.send(self.path(rest), body, **options)

    def get(self, rest: str) -> Any:
        return self.caller.get(self.path(rest))

    def submit(self, **given: Any) -> str:
        """Submit a job of this ``input`` and return its id."""
        reply = self.post("run", {"input": given})
        assert reply.status_code == 200, reply.content
        said = body_of(reply)
        assert set(said) == {"id", "status"}
        assert said["status"] == "IN_QUEUE"
        return str(said["id"])

    def status(self, job_id: str) -> dict[str, Any]:
        reply = self.get(f"status/{job_id}")
        assert reply.status_code == 200, reply.content
        return body_of(reply)

    def done(self, **given: Any) -> dict[str, Any]:
        """Have a job done and return what ``/status`` then says."""
        job_id = self.submit(**given)
        run_jobs()
        return self.status(job_id)

    def output(self, **given: Any) -> dict[str, Any]:
        """Have a job done that goes well, and return its output."""
        said = self.done(**given)
        assert said["status"] == "COMPLETED", said
        output: dict[str, Any] = said["output"]
        return output

    def complaint(self, **given: Any) -> str:
        """Submit a job that fails by its input, free of charge; returns what it says."""
        before = self.credits()
        said = self.status(self.submit(**given))
        assert said["status"] == "FAILED"
        assert "output" not in said
        assert self.credits() == before
        assert Call.objects.get(pk=said["id"]).job is None
        return str(said["error"])

    def credits(self) -> int:
        return self.caller.credits()

    def in_work(self, **given: Any) -> tuple[str, Any]:
        """Submit a job and take it up; returns its id and the claim."""
        job_id = self.submit(**given)
        held = claim_next()
        assert held is not None
        return job_id, held
