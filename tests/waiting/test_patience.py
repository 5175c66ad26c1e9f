"""A database that restarts at the moment an answer is due is asked again."""

import asyncio
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from speech.models import Speech
from voiceclone.api.waiting import WaitFor, finisher
from voiceclone.front import exchange as exchanging
from voiceclone.front.exchange import Exchange
from voiceclone.front.pending import Pending
from voiceclone.front.threads import Threads

FINISHER = "test.away"
faults: list[Exception] = []


@finisher(FINISHER)
def _finish(_request: Any, _state: dict[str, Any], _timed_out: bool) -> HttpResponse:
    if faults:
        raise faults.pop()
    return HttpResponse("here it is")


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanging, "_PAUSE", 0.01)
    faults.clear()


def answered() -> tuple[int, bytes]:
    """Have the front finish a request to the OpenAI mount; return its status and body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def finish() -> None:
        deferred = WaitFor(Speech(), seconds=1, finish=FINISHER)
        pending = Pending(RequestFactory().post("/v1/audio/speech"), deferred)
        threads = Threads("front")
        with Exchange(pending, None, send, threads=threads) as exchange:
            await exchange.finish(timed_out=False)
        threads.close()

    asyncio.run(finish())
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_an_answer_waits_for_a_database_that_comes_back() -> None:
    faults.extend(OperationalError("the database system is starting up") for _ in range(3))
    assert answered() == (200, b"here it is")


def test_one_that_stays_away_is_an_error_in_the_dialect_s_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchanging, "_PATIENCE", 0.05)
    faults.extend(OperationalError("the database system is starting up") for _ in range(100))
    status, body = answered()
    assert status == 500
    assert b'"error"' in body


def test_any_other_fault_is_answered_at_once() -> None:
    faults.extend(ValueError("a fault of ours") for _ in range(2))
    assert answered()[0] == 500
    assert len(faults) == 1
