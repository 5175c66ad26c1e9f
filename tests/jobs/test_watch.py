"""The watchdog: what keeps a lease alive, and what condemns a process."""

import threading
import time
from typing import Any

import pytest
from django.core.files.storage import default_storage

from inference.jobs import runner, watch
from inference.jobs.lifecycle import claim
from inference.jobs.reaper import reap
from inference.jobs.watch import hung_jobs, keep_stored_alive, watching
from speech.models import Speech
from tests.support.callers import Caller

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


class Monotonic:
    """A monotonic clock that the test sets."""

    def __init__(self) -> None:
        self.now = time.monotonic()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def monotonic(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    clock = Monotonic()
    monkeypatch.setattr(watch.time, "monotonic", clock)
    return clock


def claimed(caller: Caller) -> Any:
    held = claim(Speech, caller.say().json()["speechId"])
    assert held is not None
    return held


def test_an_engine_that_reports_nothing_for_a_lease_hangs(
    ada: Caller, monotonic: Monotonic, settings: Any
) -> None:
    held = claimed(ada)
    with watching(held):
        monotonic.now += settings.JOB_LEASE_SECONDS - 1
        assert hung_jobs() == []
        monotonic.now += 2
        assert hung_jobs() == [held.job.pk]
        runner.progress_of(held)()
        assert hung_jobs() == []
    assert hung_jobs() == []


def test_storing_slowly_keeps_the_lease_and_condemns_nobody(
    ada: Caller, monotonic: Monotonic, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A save that takes ten leases, during which the reaper goes round, loses nothing."""
    speech = ada.say().json()["speechId"]
    held = claim(Speech, speech)
    assert held is not None
    save, seen = default_storage.save, []

    def slow(name: str, content: Any, **options: Any) -> str:
        for _ in range(10):
            monotonic.now += settings.JOB_LEASE_SECONDS
            Speech.objects.filter(pk=speech).update(lease_until=Speech.get(speech).started_at)
            keep_stored_alive()
            reap(Speech)
            seen.append((Speech.get(speech).state, hung_jobs()))
        return save(name, content, **options)

    monkeypatch.setattr(default_storage, "save", slow)
    runner.run_claimed(held)
    assert seen == [("RUNNING", [])] * 10
    row = Speech.get(speech)
    assert (row.state, row.attempt) == ("COMPLETED", 1)


def test_reading_a_stored_file_keeps_the_lease_as_well(ada: Caller, monotonic: Monotonic) -> None:
    voice = ada.own_voice()
    held = claim(Speech, ada.say(voice=voice).json()["speechId"])
    assert held is not None
    name = default_storage.save("speeches/test-read", __import__("io").BytesIO(b"x"))
    with watching(held), runner.open_stored(name, "It could not be read.") as file:
        monotonic.now += 1000
        assert file.read() == b"x"
        assert hung_jobs() == []


def test_only_the_thread_that_stores_is_spared(ada: Caller, monotonic: Monotonic) -> None:
    storing, hanging = claimed(ada), claimed(ada)
    inside, leave = threading.Event(), threading.Event()

    def store() -> None:
        with watching(storing), watch.storing():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=store)
    thread.start()
    assert inside.wait(60)
    with watching(hanging):
        monotonic.now += 1000
        assert hung_jobs() == [hanging.job.pk]
    leave.set()
    thread.join()


def test_an_engine_that_hangs_at_two_looks_running_condemns_its_process(
    ada: Caller, monotonic: Monotonic
) -> None:
    held = claimed(ada)
    condemned: list[list[str]] = []
    with watching(held):
        monotonic.now += 1000
        suspects = watch.look(set(), condemned.append)
        assert condemned == []
        watch.look(suspects, condemned.append)
    assert condemned == [[held.job.pk]]


def test_a_process_that_was_suspended_is_given_the_time_to_go_on(
    ada: Caller, monotonic: Monotonic
) -> None:
    held = claimed(ada)
    condemned: list[list[str]] = []
    with watching(held):
        monotonic.now += 1000
        suspects = watch.look(set(), condemned.append)
        runner.progress_of(held)()
        watch.look(suspects, condemned.append)
    assert condemned == []
