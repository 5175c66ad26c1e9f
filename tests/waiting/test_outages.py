"""Servers that end and a Redis that is lost while requests wait."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.faults.installation import ServiceProcess
from tests.waiting.places import Many, stored

pytestmark = pytest.mark.xdist_group("waiting")

WAV_HEADER = 44


@pytest.fixture
def without_redis(many: Many) -> Iterator[Many]:
    yield many
    many.installation.redis.restart()


def test_a_request_that_waits_survives_the_loss_of_redis(without_redis: Many) -> None:
    place, ada, gate = without_redis, without_redis.ada, without_redis.gate()
    text = f"{gate} Good morning."
    answer = ada.asking(text)
    job = place.started(text)
    place.installation.redis.kill()
    gate.open()
    reply = answer.result(60)
    assert (reply.status_code, reply.json()["id"]) == (200, job)


def test_a_stream_that_is_lost_goes_on_from_the_stored_file(without_redis: Many) -> None:
    place, ada, gate = without_redis, without_redis.ada, without_redis.gate()
    reply = ada.ask(f"This is sent at once. {gate} This is lost on its way.", live=True)
    blocks = reply.iter_content(None)
    first = next(blocks)
    place.installation.redis.kill()
    gate.open()
    whole = first + b"".join(blocks)
    place.installation.redis.restart()
    assert len(whole) > len(first)
    assert whole[WAV_HEADER:] == stored(ada, reply.headers["x-speech"])[WAV_HEADER:]


def test_a_server_that_ends_answers_those_who_wait(many: Many) -> None:
    ada, gate = many.ada, many.gate()
    text = f"{gate} Good morning."
    waiting = ada.asking(text, cancel=True)
    job = many.started(text)
    kept = ada.asking(f"{text} {text}", live=True)
    many.started(f"{text} {text}")
    with web_ending(many) as web:
        assert waiting.result(30).status_code == 503
        assert waiting.result().json()["code"] == "UNAVAILABLE"
        assert waiting.result().headers["Retry-After"] == "1"
        assert kept.result(30).status_code == 503
        web.process.wait(30)
        many.becomes(job, "CANCELLED")
        gate.open()


def test_a_server_that_ends_breaks_a_stream_off(many: Many) -> None:
    gate = many.gate()
    reply = many.ada.ask(f"This is sent at once. {gate} This never.", live=True)
    blocks = reply.iter_content(None)
    assert next(blocks)
    with web_ending(many) as web:
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(blocks)
        web.process.wait(30)
        gate.open()


@contextmanager
def web_ending(many: Many) -> Iterator[ServiceProcess]:
    """Have the web process end as an operator does, and start another one afterwards."""
    web = many.web
    web.process.terminate()
    try:
        yield web
    finally:
        web.restart()
        many.installation.web_answers()
