"""Waking workers through a broker that may be away."""

from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from inference import breaker
from inference.jobs import wake
from tests.support.callers import Caller

pytestmark = pytest.mark.django_db


class Broker(StubBroker):
    """A broker that counts how often it is asked, and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(middleware=[])
        self.declare_actor(dramatiq.get_broker().get_actor(wake.ACTOR))
        self.asked = 0
        self.away = True

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        self.asked += 1
        if self.away:
            raise ConnectionError
        return super().enqueue(message, delay=delay)


@pytest.fixture
def broker(monkeypatch: Any) -> Broker:
    fake = Broker()
    monkeypatch.setattr(dramatiq, "get_broker", lambda: fake)
    monkeypatch.setattr(wake, "broker_breaker", breaker.Breaker(rest_seconds=2.0))
    return fake


def test_a_broker_that_is_away_is_not_asked_by_each_request(broker: Broker) -> None:
    for _ in range(5):
        wake.wake_one()
    assert broker.asked == 1


def test_a_broker_is_asked_again_after_a_while(broker: Broker, monkeypatch: Any) -> None:
    wake.wake_one()
    broker.away = False
    later = breaker.time.monotonic() + 3
    monkeypatch.setattr(breaker.time, "monotonic", lambda: later)
    assert wake.wake_one() == 1
    assert wake.wake_one() == 1
    assert broker.asked == 3


def test_a_request_succeeds_while_the_broker_is_away(
    ada: Caller, broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert ada.say().status_code == 200
    assert broker.asked == 1


def test_no_sender_exceeds_the_bound_of_the_broker(broker: Broker, settings: Any) -> None:
    settings.JOB_BACKLOG = 10
    broker.away = False
    assert sum(wake.wake_one() for _ in range(50)) == 10
    assert wake._standing(broker) == 10


def test_the_scheduler_sends_only_what_messages_are_missing(
    ada: Caller, broker: Broker, settings: Any
) -> None:
    settings.JOB_BACKLOG = 5
    broker.away = False
    for _ in range(3):
        ada.say()
    assert wake.wake_one() == 1
    assert wake.wake_for_waiting() == 2
    assert wake.wake_for_waiting() == 0
    for _ in range(9):
        ada.say()
    assert wake.wake_for_waiting() == 2
