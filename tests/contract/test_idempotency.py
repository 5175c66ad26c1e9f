"""With `Idempotency-Key`, whatever makes something makes it once, in every dialect."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from billing.models import Entry, EntryKind
from inference.models import Submission
from speech.models import Speech
from tests.contract.creating import CREATING, FREE
from tests.contract.dialects import DIALECTS, called
from tests.contract.dialects.base import TEXT, Dialect, Refused
from tests.contract.traces import traces
from tests.contract.world import World
from tests.support.callers import run_jobs
from tests.support.routes import api_views, methods_of
from tests.support.waiting import jobs_done_while_waiting
from voices.models import Voice

KEY = "order-1"
MAKING_NOTHING = {
    "/api/v1/voice-clone/quote": "says a price",
    "/api/v1/tts/quote": "says a price",
    "/api/v1/tts/{speech_id}/cancel": "ends a job",
    "/api/v1/watermark/detect": "looks at a recording",
    "/api/v1/webhooks/rotate-secret": "makes a new secret each time",
    "/api/v1/webhooks/{webhook_id}/rotate-secret": "makes a new secret each time",
    "/api/v1/webhooks/{webhook_id}/test": "sends an event each time",
    "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": "sends an event again",
    "/v2/{endpoint_id}/status/{job_id}": "shows a job",
    "/v2/{endpoint_id}/status-sync/{job_id}": "shows a job",
    "/v2/{endpoint_id}/stream/{job_id}": "shows a job",
    "/v2/{endpoint_id}/cancel/{job_id}": "ends a job",
    "/v2/{endpoint_id}/purge-queue": "ends jobs",
    "/v2/{endpoint_id}/retry/{job_id}": "tried in tests/runpod/test_retry.py",
}
MARK = "Idempotent-Replayed"
_JOBS = ("voices.voice", "speech.speech", "speech.call", "billing.entry", "inference.submission")


def test_every_route_that_makes_something_is_tried(world: World) -> None:
    posted = {path for path, view in api_views() if "POST" in methods_of(view)}
    tried = {make(world).ask.path.replace("studio", "{endpoint_id}") for make in CREATING.values()}
    assert tried | set(MAKING_NOTHING) == posted
    assert not tried & set(MAKING_NOTHING)


def counted() -> dict[str, int]:
    rows = traces().rows
    return {name: rows[name] for name in _JOBS}


@pytest.mark.parametrize("name", CREATING)
def test_the_same_request_is_done_and_charged_once(world: World, name: str) -> None:
    creating = CREATING[name](world)
    with jobs_done_while_waiting():
        first = creating.ask.under(KEY).send()
        made = creating.made(first)
        balance, there = world.ada.credits(), counted()
        second = creating.ask.under(KEY).send()
    assert second.status_code == first.status_code
    assert creating.made(second) == made
    assert MARK not in first.headers
    assert second.headers[MARK] == "true"
    assert (world.ada.credits(), counted()) == (balance, there)


@pytest.mark.parametrize("name", CREATING)
def test_another_body_under_the_same_key_is_refused(world: World, name: str) -> None:
    creating = CREATING[name](world)
    with jobs_done_while_waiting():
        creating.ask.under(KEY).send()
        balance, there = world.ada.credits(), counted()
        other = creating.other.under(KEY).send()
    assert other.status_code == 422
    assert "Idempotency-Key was used for a different request" in other.content.decode()
    assert (world.ada.credits(), counted()) == (balance, there)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_key_that_was_used_in_one_dialect_is_used_in_all(world: World, dialect: Dialect) -> None:
    other = called("native" if dialect.name != "native" else "venice")
    with jobs_done_while_waiting():
        other.good(other.speech(world).under(KEY))
        reply = dialect.speech(world).under(KEY).send()
    answer = dialect.answers["idempotency key of another request"]
    assert isinstance(answer, Refused)
    dialect.check(reply, answer)
    assert world.ada.credits() == 10_000 - len(TEXT)


@contextmanager
def worker() -> Iterator[None]:
    """Do jobs in another thread for as long as it lasts."""
    ends = threading.Event()

    def work() -> None:
        while not ends.wait(0.02):
            run_jobs()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", CREATING)
def test_two_at_once_make_one(world: World, name: str) -> None:
    creating = CREATING[name](world)
    start, replies = threading.Barrier(3), list[Any]()

    def send() -> None:
        try:
            start.wait()
            reply = creating.ask.under(KEY).send()
            replies.append((reply, creating.made(reply)))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    with worker():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(replies) == 3
    assert sorted(MARK in reply.headers for reply, _made in replies) == [False, True, True]
    ids = {made[0] if isinstance(made, tuple) else made for _reply, made in replies}
    assert len(ids) == 1
    assert Submission.objects.count() == 1
    assert Entry.objects.filter(kind=EntryKind.CHARGE).count() == (name not in FREE)
    assert Speech.objects.count() + Voice.objects.filter(cost__gt=0).count() <= 1
