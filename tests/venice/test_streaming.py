"""Audio that is sent sentence by sentence while it is made, by the live service."""

import base64
import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests

from tests.faults.installation import wait_for
from tests.venice.live import LiveService
from tests.waiting.places import stored
from voiceclone.api.venice.inputs import FORMATS

pytestmark = pytest.mark.xdist_group("live-venice")

FIRST = "The first sentence is on its way."
LONG = f"{FIRST} It is followed by a few more words, so that each encoder has something to give."
SECOND = "The second one came later."
HEADER = 44
UNKNOWN = b"\xff\xff\xff\xff"


def ask(live: LiveService, text: str, *, headers: Any = None, **more: Any) -> requests.Response:
    body = {"model": "tts-1", "voice": "nova", "input": text, "response_format": "wav"} | more
    return live.post("/v1/audio/speech", json=body, headers=headers, stream=True)


def events(reply: requests.Response) -> Iterator[dict[str, Any]]:
    for line in reply.iter_lines():
        if line:
            yield json.loads(line.removeprefix(b"data: "))


def test_the_first_sentence_is_heard_before_the_second_is_made(live: LiveService) -> None:
    gate = live.gate()
    reply = ask(live, f"{FIRST} {gate} {SECOND}")
    blocks = reply.iter_content(None)
    first = next(blocks)
    job = reply.headers["x-speech-id"]
    assert live.place.state(job) == "RUNNING"
    assert reply.headers["Content-Type"] == "audio/wav"
    assert reply.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in reply.headers
    assert first[:4] == b"RIFF"
    assert first[4:8] == first[40:44] == UNKNOWN
    assert reply.headers["x-engine"]
    assert reply.headers["x-model"].startswith("espeak-ng")
    assert int(reply.headers["x-seed"]) >= 0
    gate.open()
    whole = first + b"".join(blocks)
    assert len(whole) > len(first) + 1000
    assert whole[HEADER:] == stored(live.ada, job)[HEADER:]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("mount", ["/v1", "/api/v1"])
def test_every_format_is_heard_while_the_rest_is_not_yet_made(
    live: LiveService, mount: str, form: str
) -> None:
    gate = live.gate()
    body = {"model": "tts-1", "voice": "nova", "input": f"{LONG} {gate} {SECOND}"}
    reply = live.post(f"{mount}/audio/speech", json=body | {"response_format": form}, stream=True)
    blocks = reply.iter_content(None)
    first = next(blocks)
    assert live.place.state(reply.headers["x-speech-id"]) == "RUNNING"
    gate.open()
    whole = first + b"".join(blocks)
    assert len(whole) > len(first)
    assert reply.headers["x-credits-used"] == str(len(body["input"]))


def test_http_1_0_gets_the_audio_and_nothing_else(live: LiveService) -> None:
    body = json.dumps({"input": FIRST, "voice": "nova", "response_format": "pcm", "seed": 7})
    head = (
        f"POST /v1/audio/speech HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {live.key}"
        f"\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port = int(live.url.rpartition(":")[2])
    with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
        connection.sendall((head + body).encode())
        with connection.makefile("rb") as answer:
            said, _, audio = answer.read().partition(b"\r\n\r\n")
    job = re.search(rb"x-speech-id: (\S+)", said)
    assert job is not None, said
    assert audio == stored(live.ada, job[1].decode())


def test_events_come_as_they_are_made_and_name_the_price_at_the_end(live: LiveService) -> None:
    gate = live.gate()
    reply = ask(live, f"{FIRST} {gate} {SECOND}", stream_format="sse", response_format="pcm")
    found = events(reply)
    audio = base64.b64decode(next(found)["audio"])
    job = reply.headers["x-speech-id"]
    assert live.place.state(job) == "RUNNING"
    gate.open()
    *deltas, done = list(found)
    audio += b"".join(base64.b64decode(delta["audio"]) for delta in deltas)
    assert audio == stored(live.ada, job)
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == live.place.paid(job)


@pytest.mark.parametrize("fields", [{}, {"stream_format": "sse"}])
def test_who_hangs_up_on_a_stream_pays_for_what_was_delivered(
    live: LiveService, fields: dict[str, Any]
) -> None:
    gate = live.gate()
    before = live.ada.credits()
    reply = ask(live, f"{FIRST} {gate} {SECOND}", **fields)
    assert next(reply.iter_content(None))
    job = reply.headers["x-speech-id"]
    wait_for(lambda: live.place.delivered(job), seconds=20, what="a note of what was delivered")
    reply.close()
    live.place.becomes(job, "CANCELLED")
    gate.open()
    assert len(FIRST) <= live.place.paid(job) <= len(FIRST) + 1
    assert live.ada.credits() == before - live.place.paid(job)


def test_who_hangs_up_before_the_audio_pays_nothing(live: LiveService) -> None:
    gate = live.gate()
    before = live.ada.credits()
    text = f"{gate} {FIRST}"
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(
            f"{live.url}/v1/audio/speech",
            json={"model": "tts-1", "voice": "nova", "input": text},
            headers={"Authorization": f"Bearer {live.key}"},
            timeout=1.5,
        )
    job = live.job_of(text)
    live.place.becomes(job, "CANCELLED")
    gate.open()
    assert live.ada.credits() == before


def test_who_hangs_up_with_a_key_comes_back_for_the_audio(live: LiveService) -> None:
    gate = live.gate()
    text = f"{gate} {FIRST}"
    request: dict[str, Any] = {
        "json": {"model": "tts-1", "voice": "nova", "input": text, "response_format": "pcm"},
        "headers": {"Idempotency-Key": "comes-back"},
    }
    with pytest.raises(requests.exceptions.ReadTimeout):
        live.ada.http.post(f"{live.url}/v1/audio/speech", timeout=1.5, **request)
    gate.open()
    reply = live.post("/v1/audio/speech", **request)
    assert (reply.status_code, reply.headers["Idempotent-Replayed"]) == (200, "true")
    assert reply.content == stored(live.ada, reply.headers["x-speech-id"])
    assert live.place.count(text) == 1


def test_a_failure_amid_the_audio_breaks_off_and_what_was_not_sent_is_refunded(
    live: LiveService,
) -> None:
    gate = live.gate()
    reply = ask(live, f"{FIRST} {gate} {{raise}}")
    blocks = reply.iter_content(None)
    assert next(blocks)
    job = reply.headers["x-speech-id"]
    wait_for(lambda: live.place.delivered(job), seconds=20, what="a note of what was delivered")
    gate.open()
    with pytest.raises(
        (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)
    ):
        list(blocks)
    live.place.becomes(job, "FAILED")
    assert live.place.paid(job) <= len(FIRST) + 1


def test_events_that_fail_end_with_the_reason_in_openai_s_form(live: LiveService) -> None:
    gate = live.gate()
    reply = ask(live, f"{FIRST} {gate} {{raise}}", stream_format="sse")
    found = events(reply)
    assert next(found)["type"] == "speech.audio.delta"
    gate.open()
    *_, last = list(found)
    assert last == {
        "type": "error",
        "error": {
            "message": "the engine was told to fail",
            "type": "server_error",
            "param": None,
            "code": "engine_failed",
        },
    }
