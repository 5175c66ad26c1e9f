"""How often one may ask."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction

from billing.models import Plan
from billing.operations import start_subscription
from tests.api.replies import assert_error, assert_headers, ok
from tests.services.environment import on_sqlite
from tests.support.callers import AARON, Caller, another_key, nobody, with_key
from voiceclone.api import rate_limit

CREDITS = "/api/v1/credits"
QUOTE = "/api/v1/tts/quote"


@pytest.fixture(autouse=True)
def _limits(settings) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = 3
    settings.RATE_LIMIT_POLLS = 5


@pytest.fixture(autouse=True)
def _one_window(monkeypatch) -> None:
    """Keep a test from straddling the end of a minute."""
    ends = int(time.time()) + 40
    monkeypatch.setattr("django_ratelimit.core._get_window", lambda *_: ends)
    cache.clear()


def left(reply) -> int:
    assert_headers(reply)
    return int(reply.headers["X-RateLimit-Remaining"])


def assert_limited(reply) -> None:
    assert_error(reply, 429, "RATE_LIMITED", "Rate limit exceeded")
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert left(reply) == 0
    reset = int(reply.headers["X-RateLimit-Reset"]) - time.time()
    assert abs(reset - int(reply.headers["Retry-After"])) <= 2


def submit(caller: Caller):
    return caller.send(QUOTE, {"text": "Hi", "voiceId": AARON})


def test_the_defaults_are_120_submissions_and_600_polls_a_minute_and_more_below_v2() -> None:
    program = (
        "from voiceclone import settings as s; "
        "print(s.RATE_LIMIT_SUBMISSIONS, s.RATE_LIMIT_POLLS,"
        " s.RATE_LIMIT_RUNPOD_SUBMISSIONS, s.RATE_LIMIT_RUNPOD_POLLS)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={"PATH": os.environ["PATH"], "VOICECLONE_HOME": os.environ["VOICECLONE_HOME"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["120", "600", "1200", "12000"]


def test_a_key_may_submit_so_often_and_no_more(ada: Caller) -> None:
    assert [left(submit(ada)) for _ in range(3)] == [2, 1, 0]
    assert_limited(submit(ada))
    assert ok(ada.get(CREDITS))["credits"] == 10_000


def test_polling_has_a_bucket_of_its_own(ada: Caller) -> None:
    for _ in range(5):
        ok(ada.get(CREDITS))
    assert_limited(ada.get(CREDITS))
    assert_limited(ada.get("/api/v1/tts/clxxxx"))
    assert [left(submit(ada)) for _ in range(3)] == [2, 1, 0]


def test_the_limit_named_is_that_of_the_bucket(ada: Caller) -> None:
    assert ada.get(CREDITS).headers["X-RateLimit-Limit"] == "5"
    assert submit(ada).headers["X-RateLimit-Limit"] == "3"
    assert ada.delete("/api/v1/tts/clxxxx").headers["X-RateLimit-Limit"] == "3"


def test_below_v2_a_key_may_ask_far_more_often_and_who_has_none_may_not(
    ada: Caller, settings
) -> None:
    settings.RATE_LIMIT_RUNPOD_SUBMISSIONS = 7
    settings.RATE_LIMIT_RUNPOD_POLLS = 9
    assert ada.get("/v2/any/health").headers["X-RateLimit-Limit"] == "9"
    assert ada.send("/v2/any/run", {}).headers["X-RateLimit-Limit"] == "7"
    assert nobody().get("/v2/any/health").headers["X-RateLimit-Limit"] == "5"
    assert nobody().post("/v2/any/run").headers["X-RateLimit-Limit"] == "3"


def test_a_plan_has_limits_of_its_own(ada: Caller, grace: Caller) -> None:
    plan = Plan.objects.create(
        name="Studio", monthly_credits=1, submissions_per_minute=77, polls_per_minute=88
    )
    with transaction.atomic():
        start_subscription(workspace=ada.workspace, plan=plan, external_reference="sub-ada")
    assert ada.get("/api/v1/credits").headers["X-RateLimit-Limit"] == "88"
    assert ada.send("/api/v1/tts", {}).headers["X-RateLimit-Limit"] == "77"
    assert ada.get("/v2/any/health").headers["X-RateLimit-Limit"] == "88"
    assert grace.get("/api/v1/credits").headers["X-RateLimit-Limit"] not in {"77", "88"}


def test_keys_do_not_share_their_limits(ada: Caller, grace: Caller) -> None:
    second = another_key(ada.workspace)
    for _ in range(3):
        submit(ada)
    assert_limited(submit(ada))
    assert left(submit(second)) == 2
    assert left(submit(grace)) == 2


def test_addresses_without_a_valid_key_share_one_bucket_each(db: None) -> None:
    for number in range(3):
        assert_error(with_key(f"vc_guess{number}").post(QUOTE), 401, "UNAUTHORIZED")
    assert_limited(nobody().post(QUOTE))
    assert_error(nobody().post(QUOTE, REMOTE_ADDR="203.0.113.9"), 401, "UNAUTHORIZED")


def test_guessing_keys_costs_the_owner_nothing(ada: Caller) -> None:
    for _ in range(5):
        nobody().post(QUOTE)
    assert left(submit(ada)) == 2


def test_an_address_of_ipv6_is_a_network_of_one_client(db: None) -> None:
    for last in range(3):
        nobody().post(QUOTE, REMOTE_ADDR=f"2001:db8:1:2::{last}")
    assert_limited(nobody().post(QUOTE, REMOTE_ADDR="2001:db8:1:2:ffff::1"))
    assert nobody().post(QUOTE, REMOTE_ADDR="2001:db8:1:3::1").status_code == 401


def test_every_kind_of_reply_counts_and_says_what_is_left(
    ada: Caller, monkeypatch, settings
) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = settings.RATE_LIMIT_POLLS = 20

    def fail(*_args):
        raise RuntimeError

    monkeypatch.setattr("voiceclone.api.native.views.credits.balance_of", fail)
    replies = [
        (200, ada.get("/api/v1/voices")),
        (400, ada.get("/api/v1/voices?page=0")),
        (404, ada.get("/api/nothing")),
        (404, ada.get("/api/v1/tts/clxxxx")),
        (405, ada.client.options(CREDITS)),
        (500, ada.get(CREDITS)),
        (400, ada.get(CREDITS, headers={"Host": "evil.example"})),
        (200, ada.get("/api/schema")),
        (200, ada.get("/api/docs")),
    ]
    for spent, (status, reply) in enumerate(replies, start=1):
        assert reply.status_code == status
        assert left(reply) == 20 - spent
    writes = [
        (400, ada.send("/api/v1/tts", b"{")),
        (413, ada.send("/api/v1/tts", b" " * 1_100_000)),
        (415, ada.send("/api/v1/tts", b"x", content_type="text/plain")),
        (405, ada.client.put(CREDITS)),
    ]
    for spent, (status, reply) in enumerate(writes, start=1):
        assert reply.status_code == status
        assert left(reply) == 20 - spent


def test_pages_are_not_counted(db: None) -> None:
    for _ in range(7):
        assert nobody().get("/healthz").status_code == 200


def test_limits_can_be_switched_off(ada: Caller, settings) -> None:
    settings.RATELIMIT_ENABLE = False
    for _ in range(7):
        assert left(submit(ada)) == 3


# ------------------------------------------------------------------ proxies


def post_from(peer: str, forwarded: str):
    return nobody().post(QUOTE, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)


def test_nobody_passes_for_another_by_a_header(db: None) -> None:
    for number in range(3):
        post_from("198.51.100.7", f"203.0.113.{number}")
    assert_limited(post_from("198.51.100.7", "203.0.113.99"))


def test_behind_a_trusted_proxy_clients_are_told_apart(db: None, settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "192.0.2.1"]
    for _ in range(3):
        post_from("10.1.2.3", "203.0.113.5")
    assert_limited(post_from("10.1.2.3", "203.0.113.5"))
    assert post_from("10.1.2.3", "203.0.113.6").status_code == 401


def test_behind_a_trusted_proxy_what_a_client_wrote_itself_counts_for_nothing(
    db: None, settings
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    for number in range(3):
        post_from("10.0.0.1", f"192.0.2.{number}, 10.0.0.1, 203.0.113.5")
    assert_limited(post_from("10.0.0.1", "192.0.2.77, 203.0.113.5"))


# ------------------------------------------------------------------ without the counters


@pytest.fixture
def redis_away(settings, monkeypatch) -> Iterator[None]:
    """Point the counters to where nobody listens."""
    settings.RATELIMIT_USE_CACHE = "counters"
    settings.CACHES = settings.CACHES | {
        "counters": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1},
        }
    }
    yield
    rate_limit.counters.answered()


def test_without_the_counters_everybody_is_served_and_the_log_says_so(
    ada: Caller, redis_away: None, caplog
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            assert left(submit(ada)) == 3
    said = [record for record in caplog.records if "rate_limit_unavailable" in str(record.msg)]
    assert len(said) == 1
    assert said[0].levelname == "WARNING"


def test_counters_that_hang_delay_one_request_and_not_each(ada: Caller, monkeypatch) -> None:
    asked = []

    def hang(*_args, **_kwargs):
        asked.append(time.monotonic())
        time.sleep(0.5)
        raise TimeoutError

    monkeypatch.setattr(rate_limit, "get_usage", hang)
    began = time.monotonic()
    for _ in range(10):
        assert submit(ada).status_code == 200
    assert len(asked) == 1
    assert time.monotonic() - began < 3


def test_the_counters_are_asked_again_after_a_while(ada: Caller, monkeypatch, caplog) -> None:
    def fail(*_args, **_kwargs):
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(rate_limit, "get_usage", fail)
        submit(ada)
    assert left(submit(ada)) == 3
    later = time.monotonic() + 6
    monkeypatch.setattr("inference.breaker.time.monotonic", lambda: later)
    with caplog.at_level(logging.INFO):
        assert left(submit(ada)) == 2
    assert "rate_limit_available" in caplog.text


def test_a_counter_that_vanished_between_two_looks_refuses_nobody(ada: Caller, monkeypatch) -> None:
    monkeypatch.setattr(type(cache._connections["default"]), "add", lambda *_args, **_kw: False)
    cache.clear()
    assert submit(ada).status_code == 200


@pytest.mark.skipif(on_sqlite(), reason="the embedded default counts in its own process")
def test_a_redis_that_dies_and_returns_is_lived_through(ada: Caller, settings, fresh_redis) -> None:
    server = fresh_redis()
    settings.CACHES = settings.CACHES | {
        "counters": settings.CACHES["counters"] | {"LOCATION": server.url}
    }
    assert left(submit(ada)) == 2
    server.kill()
    began = time.monotonic()
    for _ in range(5):
        assert left(submit(ada)) == 3
    assert time.monotonic() - began < 3
