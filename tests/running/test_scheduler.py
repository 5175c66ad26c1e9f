"""No periodic task of the scheduler waits for another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import structlog
from django.utils import timezone

from inference.jobs.lifecycle import claim
from speech.models import Speech
from tests.support.callers import Caller
from voiceclone.running import scheduler
from voiceclone.running.housekeeping import Housekeeping
from voiceclone.running.scheduler import PeriodicTask, periodic_tasks, run_until

PATIENCE = 20.0
"""Seconds; a test that waits so long has failed."""


@contextmanager
def running(target: Callable[[threading.Event], object]) -> Iterator[threading.Event]:
    """Run something in a thread until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=target, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def _often(settings: Any) -> None:
    settings.REAPER_SECONDS = 0.02
    settings.HOUSEKEEPING_SECONDS = 0.02


@pytest.mark.django_db(transaction=True)
def test_a_lost_job_is_put_back_while_housekeeping_stands_still(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, free = threading.Event(), threading.Event()

    def slow() -> bool:
        begun.set()
        free.wait(PATIENCE)
        return False

    monkeypatch.setattr(scheduler, "Housekeeping", partial(Housekeeping, tasks=(slow,)))
    with running(run_until) as stop:
        assert begun.wait(PATIENCE)
        speech = Speech.get(ada.say().json()["speechId"])
        assert claim(Speech, speech.pk) is not None
        Speech.objects.update(lease_until=timezone.now() - timedelta(seconds=90))
        for _ in range(round(PATIENCE / 0.02)):
            if Speech.get(speech.pk).state == "QUEUED":
                break
            threading.Event().wait(0.02)
        assert Speech.get(speech.pk).state == "QUEUED"
        assert not free.is_set()
        free.set()
        stop.set()


@pytest.mark.django_db(transaction=True)
def test_a_task_that_fails_is_told_and_done_again() -> None:
    again, calls = threading.Event(), []

    def fails() -> None:
        calls.append(1)
        if len(calls) > 2:
            again.set()
        raise RuntimeError("it does not work")

    task = PeriodicTask("try", fails)
    with structlog.testing.capture_logs() as logs, running(task.repeat_until):
        assert again.wait(PATIENCE)
    assert {(log["event"], log["task"], log["log_level"]) for log in logs} == {
        ("periodic_task_failed", "try", "error")
    }


def test_each_kind_of_job_is_reaped_by_a_task_of_its_own() -> None:
    names = [task.name for task in periodic_tasks()]
    assert sorted(names) == [
        "deliver webhooks",
        "reap speech jobs",
        "reap voice jobs",
        "wake workers",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_scheduler_that_stops_leaves_behind_what_does_not_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, free = threading.Event(), threading.Event()

    def hangs() -> bool:
        begun.set()
        free.wait(PATIENCE)
        return False

    monkeypatch.setattr(scheduler, "_STOP_SECONDS", 0.1)
    monkeypatch.setattr(scheduler, "Housekeeping", partial(Housekeeping, tasks=(hangs,)))
    with structlog.testing.capture_logs() as logs, running(run_until):
        assert begun.wait(PATIENCE)
    assert [log["tasks"] for log in logs if log["event"] == "periodic_tasks_left_behind"] == [
        ["housekeeping"]
    ]
    free.set()
    for thread in threading.enumerate():
        if thread.name == "housekeeping":
            thread.join(PATIENCE)
