"""When the next request passes: what the headers say, tried against the real windows."""

import time
from collections.abc import Callable

import pytest
from django.core.cache import cache

from tests.support.callers import AARON, Caller
from voiceclone.api import rate_limit

QUOTE = "/api/v1/tts/quote"
NOON = 1_800_000_000


def submit(caller: Caller):
    return caller.send(QUOTE, {"text": "Hi", "voiceId": AARON})


def refused(caller: Caller):
    """Use up the limit and return the refusal."""
    while (reply := submit(caller)).status_code != 429:
        assert reply.status_code == 200
    return reply


@pytest.fixture(autouse=True)
def _limits(settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = 2
    cache.clear()


@pytest.fixture
def clock(monkeypatch) -> Callable[[float], None]:
    """Let a test say what time it is."""

    def at(now: float) -> None:
        monkeypatch.setattr(time, "time", lambda: now)

    return at


@pytest.mark.parametrize("second", [0, 0.9, 17, 31.5, 59, 59.999])
def test_a_request_at_the_reset_passes_and_one_a_second_before_it_does_not(
    ada: Caller, clock: Callable[[float], None], second: float
) -> None:
    clock(NOON + second)
    reset = int(refused(ada).headers["X-RateLimit-Reset"])
    assert NOON + second < reset <= NOON + second + 61
    clock(reset - 0.001)
    assert submit(ada).status_code == 429
    clock(reset)
    assert submit(ada).status_code == 200


def test_in_each_second_of_a_minute_the_reset_is_the_moment_when_a_request_passes(
    ada: Caller, clock: Callable[[float], None]
) -> None:
    for second in range(60):
        clock(NOON + 181 * second)
        reset = int(refused(ada).headers["X-RateLimit-Reset"])
        clock(reset)
        assert submit(ada).status_code == 200, second


@pytest.mark.parametrize("second", [0, 17.25, 59.999])
def test_who_waits_as_long_as_retry_after_says_passes(
    ada: Caller, clock: Callable[[float], None], second: float
) -> None:
    clock(NOON + second)
    reply = refused(ada)
    clock(NOON + second + int(reply.headers["Retry-After"]))
    assert submit(ada).status_code == 200


def test_a_client_that_waits_for_the_reset_by_a_real_clock_passes(ada: Caller, monkeypatch) -> None:
    monkeypatch.setattr(rate_limit, "_WINDOW_SECONDS", 2)
    reply = refused(ada)
    time.sleep(max(0.0, int(reply.headers["X-RateLimit-Reset"]) - time.time()))
    assert submit(ada).status_code == 200


def test_the_reset_of_an_answer_that_took_long_is_that_of_its_own_window(
    ada: Caller, clock: Callable[[float], None], monkeypatch
) -> None:
    clock(NOON)
    first = int(submit(ada).headers["X-RateLimit-Reset"])

    def slow(*_args: object) -> None:
        clock(NOON + 50)
        raise RuntimeError

    monkeypatch.setattr("voiceclone.api.native.views.credits.balance_of", slow)
    polled = ada.get("/api/v1/credits")
    assert polled.status_code == 500
    assert int(polled.headers["X-RateLimit-Reset"]) == first
