"""One process of an installation does the housekeeping, and a backlog is done at once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.db import OperationalError
from django.utils import timezone

from inference import leases
from inference.models import Lease
from voiceclone.running import housekeeping
from voiceclone.running.housekeeping import LEASE, Housekeeping

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


class Backlog:
    """A task that has to do so many batches."""

    def __init__(self, batches: int = 0) -> None:
        self.left = batches
        self.done = 0

    def __call__(self) -> bool:
        self.done += 1
        self.left = max(self.left - 1, 0)
        return self.left > 0


def process(*tasks: Callable[[], bool], stop: threading.Event | None = None) -> Housekeeping:
    return Housekeeping(stop or threading.Event(), tasks)


@pytest.fixture(autouse=True)
def _seldom(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HOUSEKEEPING_SECONDS = 3600
    # The connection of a test, with its transaction, is no process's own to close.
    monkeypatch.setattr(housekeeping, "close_old_connections", lambda: None)
    monkeypatch.setattr(housekeeping.connection, "close", lambda: None)


def test_one_process_at_a_time_does_it() -> None:
    first, second = Backlog(), Backlog()
    process(first).do_round()
    process(second).do_round()
    assert (first.done, second.done) == (1, 0)


def test_who_has_it_keeps_it() -> None:
    task = Backlog(3)
    one, other = process(task), process(Backlog())
    for _ in range(3):
        one.do_round()
        other.do_round()
    assert task.done == 3


def test_another_takes_over_from_a_process_that_was_killed() -> None:
    process(Backlog()).do_round()
    Lease.objects.update(until=timezone.now() - timedelta(seconds=1))
    task = Backlog()
    process(task).do_round()
    assert task.done == 1


def test_another_takes_over_at_once_from_a_process_that_stops() -> None:
    stop = threading.Event()
    ending = process(Backlog(), stop=stop)
    ending.do_round()
    stop.set()
    ending.run()
    task = Backlog()
    process(task).do_round()
    assert task.done == 1


def test_a_process_that_lost_the_lease_stops_between_two_tasks() -> None:
    task = Backlog()

    def loses() -> bool:
        Lease.objects.update(holder="somebody else")
        return True

    assert process(loses, task).do_round() is False
    assert task.done == 0


def test_a_backlog_is_done_at_once_and_in_turns_with_the_others() -> None:
    order: list[str] = []

    def noted(name: str, batches: int) -> Callable[[], bool]:
        task = Backlog(batches)
        return lambda: (order.append(name), task())[1]

    rounds = process(noted("a", 3), noted("b", 1), noted("c", 2))
    assert [rounds.do_round() for _ in range(4)] == [True, True, False, False]
    assert order == ["a", "b", "c", "a", "c", "a"]


def test_a_task_that_fails_rests_and_stops_no_other() -> None:
    task = Backlog(2)

    def fails() -> bool:
        raise OperationalError("the table is locked")

    rounds = process(fails, task)
    with structlog.testing.capture_logs() as logs:
        assert [rounds.do_round() for _ in range(2)] == [True, False]
    assert task.done == 2
    assert [(log["event"], log["task"], log["log_level"]) for log in logs] == [
        ("housekeeping_failed", "fails", "error")
    ]


def test_nothing_more_is_begun_once_the_process_is_to_stop() -> None:
    stop, task = threading.Event(), Backlog()

    def stops() -> bool:
        stop.set()
        return True

    assert process(stops, task, stop=stop).do_round() is False
    assert task.done == 0


def test_a_lease_is_of_one_holder_until_it_ends() -> None:
    assert leases.hold("any", "ada", seconds=60)
    assert leases.hold("any", "ada", seconds=60)
    assert not leases.hold("any", "grace", seconds=60)
    assert leases.hold("other", "grace", seconds=60)
    leases.let_go("any", "grace")
    assert not leases.hold("any", "grace", seconds=60)
    leases.let_go("any", "ada")
    assert leases.hold("any", "grace", seconds=60)


def test_a_lease_goes_by_the_clock_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leases.hold(LEASE, "ada", seconds=60)
    ahead = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    assert not leases.hold(LEASE, "grace", seconds=60)
