"""Requests that wait while a running installation is broken: all are answered, none pays twice."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection

import pytest
import requests

from tests.faults.installation import Installation, Tenant, wait_for
from tests.faults.test_stream_faults import Listener

pytestmark = pytest.mark.xdist_group("faults")

SPEAK = "/v1/chatterbox/text-to-speech"
CROWD = 20
ENDS_WITHIN = 5.0

Answer = Future[requests.Response]


class Waiters:
    """Ada's programs, each of which waits for the answer to one request."""

    def __init__(self, installation: Installation, ada: Tenant) -> None:
        self._installation = installation
        self._ada = ada
        self._threads = ThreadPoolExecutor(CROWD)

    def speak(self, text: str) -> Answer:
        """Ask for a speech that is cancelled if nobody waits for it any more."""
        return self._ask(SPEAK, {"text": text})

    def run(self, text: str) -> Answer:
        """Ask for a speech that can be asked for later."""
        return self._ask("/v2/main/runsync", {"input": {"operation": "tts", "text": text}})

    def are_in(self, state: str, text: str, count: int = 1) -> None:
        """Wait until so many speeches of a text are in a state."""
        query = f"SELECT count(*) FROM speech_speech WHERE text = '{text}' AND state = '{state}'"
        wait_for(
            lambda: self._installation.query(query)[0][0] >= count, seconds=40, what=f"{state} jobs"
        )

    def close(self) -> None:
        self._threads.shutdown()

    def _ask(self, path: str, body: dict) -> Answer:
        headers = {"Authorization": f"Bearer {self._ada.key}"}
        url = f"{self._ada.url}{path}"
        return self._threads.submit(requests.post, url, json=body, headers=headers, timeout=100)


@pytest.fixture(scope="module", autouse=True)
def worker(installation: Installation) -> Iterator[None]:
    working = installation.start_worker()
    yield
    working.stop()


@pytest.fixture
def waiters(installation: Installation, ada: Tenant) -> Iterator[Waiters]:
    waiting = Waiters(installation, ada)
    yield waiting
    waiting.close()


def test_all_who_wait_are_answered_although_redis_is_gone(
    installation: Installation, waiters: Waiters
) -> None:
    text = "Who needs Redis? {slow 1}"
    answers = [waiters.speak(text) for _ in range(CROWD)]
    query = f"SELECT count(*) FROM speech_speech WHERE text = '{text}'"
    wait_for(lambda: installation.query(query)[0][0] == CROWD, seconds=30, what="all to wait")
    waiters.are_in("RUNNING", text)  # an idle worker would not hear of them any more
    installation.redis.kill()
    try:
        assert [answer.result().status_code for answer in answers] == [200] * CROWD
    finally:
        installation.redis.restart()


def test_all_who_wait_are_answered_after_postgresql_has_restarted(
    installation: Installation, ada: Tenant, waiters: Waiters
) -> None:
    before = ada.credits()
    speak, run = "Hold on to me. {slow 12}", "And to me. {slow 12}"
    spoken, ran = waiters.speak(speak), waiters.run(run)
    waiters.are_in("RUNNING", speak)
    waiters.are_in("RUNNING", run)
    installation.postgres.kill()
    installation.postgres.restart()
    assert spoken.result().json()["message"] == "success"
    assert ran.result().json()["status"] == "COMPLETED"
    assert ada.credits() == before - len(speak) - len(run)


def test_who_hangs_up_while_postgresql_is_away_pays_nothing(
    installation: Installation, ada: Tenant, waiters: Waiters
) -> None:
    before = ada.credits()
    text = "Nobody is left to hear this. {slow 60}"
    leaving = HTTPConnection(f"127.0.0.1:{installation.port}")
    headers = {"Authorization": f"Bearer {ada.key}", "Content-Type": "application/json"}
    leaving.request("POST", SPEAK, json.dumps({"text": text}), headers)
    waiters.are_in("RUNNING", text)
    installation.postgres.kill()
    leaving.close()
    installation.postgres.restart()
    waiters.are_in("CANCELLED", text)
    assert ada.credits() == before


def test_a_web_process_that_ends_answers_those_who_wait_and_does_as_promised(
    installation: Installation, ada: Tenant, waiters: Waiters
) -> None:
    before = ada.credits()
    speak, run = "Nobody waits for this. {slow 40}", "This is kept. {slow 20}"
    spoken, ran = waiters.speak(speak), waiters.run(run)
    waiters.are_in("RUNNING", speak)
    waiters.are_in("RUNNING", run)
    began = time.monotonic()
    installation.web.send(signal.SIGTERM)
    assert (spoken.result().status_code, ran.result().status_code) == (503, 503)
    assert time.monotonic() - began < ENDS_WITHIN
    installation.web.process.wait(30)
    installation.web.restart()
    installation.web_answers()
    waiters.are_in("CANCELLED", speak)
    waiters.are_in("COMPLETED", run)
    assert ada.credits() == before - len(run)


def test_a_web_process_that_ends_breaks_its_streams_off(
    installation: Installation, ada: Tenant
) -> None:
    listener = Listener(installation, ada, "slow 60")
    began = time.monotonic()
    installation.web.send(signal.SIGTERM)
    listener.hears_it_break()
    assert time.monotonic() - began < ENDS_WITHIN
    installation.web.process.wait(30)
    installation.web.restart()
    installation.web_answers()
    listener.pays_for_what_came("CANCELLED", "CANCELLED")
