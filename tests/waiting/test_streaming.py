"""Audio that is sent while it is made."""

import re

import pytest
import requests

from tests.faults.installation import wait_for
from tests.waiting.places import Place, Waiter, stored

pytestmark = pytest.mark.xdist_group("waiting")

FIRST = "The first sentence is on its way."
SECOND = "The second one came later."
WAV_HEADER = 44  # which cannot say a length before it is known
_BROKEN = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)


def test_audio_arrives_while_the_rest_is_not_yet_made(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    reply = ada.ask(f"{FIRST} {gate} {SECOND}", live=True)
    blocks = reply.iter_content(None)
    first = next(blocks)
    job = reply.headers["x-speech"]
    assert place.state(job) == "RUNNING"
    assert len(first) > 1000
    gate.open()
    whole = first + b"".join(blocks)
    assert len(whole) > len(first) + 1000
    place.becomes(job, "COMPLETED")
    assert whole[WAV_HEADER:] == stored(ada, job)[WAV_HEADER:]


def test_a_stream_has_its_own_headers_and_those_of_the_middleware(
    place: Place, ada: Waiter
) -> None:
    reply = ada.ask(FIRST, live=True, format="mp3")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert "Content-Length" not in reply.headers
    assert reply.headers["x-view"] == reply.headers["x-speech"]
    assert int(reply.headers["X-RateLimit-Remaining"]) > 0
    assert reply.headers["X-Accel-Buffering"] == "no"
    assert reply.headers["x-request-id"]
    reply.close()


def test_a_framing_writes_what_stands_before_and_after(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    reply = ada.ask(f"{FIRST} {gate} {SECOND}", live=True, framing="tests.marked", mark="end")
    blocks = reply.iter_content(None)
    begun = next(blocks)
    gate.open()
    written = (begun + b"".join(blocks)).decode()
    assert re.fullmatch(r"<(\[\d+\])+end>", written)
    job = reply.headers["x-speech"]
    sizes = [int(size) for size in re.findall(r"\d+", written)]
    assert sum(sizes) == len(stored(ada, job))


def test_a_failure_before_any_audio_keeps_its_status(place: Place, ada: Waiter) -> None:
    reply = ada.ask("{raise}", live=True)
    assert (reply.status_code, reply.json()["state"]) == (502, "FAILED")
    assert reply.headers["x-view"] == reply.json()["id"]
    assert "x-speech" not in reply.headers


def test_time_that_runs_out_before_any_audio_is_told_to_the_finisher(
    place: Place, ada: Waiter
) -> None:
    gate = place.gate()
    reply = ada.ask(f"{gate} {FIRST}", live=True, seconds=0.5)
    assert (reply.status_code, reply.json()["timedOut"]) == (504, True)
    gate.open()


def test_the_time_is_for_the_first_audio_only(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    reply = ada.ask(f"{FIRST} {gate} {SECOND}", live=True, seconds=20)
    blocks = reply.iter_content(None)
    next(blocks)
    gate.open()
    assert b"".join(blocks)


def test_a_failure_amid_the_audio_breaks_the_connection_off(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    reply = ada.ask(f"{FIRST} {gate} {{raise}}", live=True)
    blocks = reply.iter_content(None)
    assert next(blocks)
    gate.open()
    with pytest.raises(_BROKEN):
        list(blocks)
    job = reply.headers["x-speech"]
    place.becomes(job, "FAILED")


def test_a_framing_that_has_words_for_a_failure_ends_the_body_with_them(
    place: Place, ada: Waiter
) -> None:
    gate = place.gate()
    reply = ada.ask(f"{FIRST} {gate} {{raise}}", live=True, framing="tests.marked", mark="end")
    blocks = reply.iter_content(None)
    begun = next(blocks)
    gate.open()
    written = (begun + b"".join(blocks)).decode()
    assert re.fullmatch(r"<(\[\d+\])+ENGINE_FAILED\|0>", written)
    place.becomes(reply.headers["x-speech"], "FAILED")


def test_who_hangs_up_cancels_and_pays_for_what_was_delivered(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    text = f"{FIRST} {gate} {SECOND}"
    reply = ada.ask(text, live=True, cancel=True)
    assert next(reply.iter_content(None))
    job = reply.headers["x-speech"]
    wait_for(lambda: place.delivered(job), seconds=20, what="a note of what was delivered")
    reply.close()
    place.becomes(job, "CANCELLED")
    gate.open()
    assert len(FIRST) <= place.paid(job) <= len(FIRST) + 1


def test_a_speech_that_has_ended_comes_from_the_file(place: Place, ada: Waiter) -> None:
    job = ada.ask(FIRST).json()["id"]
    reply = ada.ask(speechId=job, live=True)
    assert reply.status_code == 200
    assert reply.content == stored(ada, job)
