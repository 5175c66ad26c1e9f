"""Hearing that a job has settled, through Redis or within one process."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from inference.jobs import notices
from inference.jobs.lifecycle import request_cancel
from inference.jobs.registry import kinds
from speech.models import Speech
from tests.support.callers import Caller, make_caller

pytestmark = [pytest.mark.anydb, pytest.mark.django_db(transaction=True)]


class Ear:
    """Somebody who waits for a job and counts how often he is called."""

    def __init__(self, job_id: str) -> None:
        self.told = threading.Event()
        self.unsubscribe = notices.subscribe(job_id, self.told.set)
        time.sleep(0.3)  # connecting tells everybody
        self.told.clear()


@pytest.fixture
def ada() -> Caller:
    return make_caller("Ada's workspace")


@pytest.fixture
def speech_id(ada: Caller) -> str:
    return str(ada.say().json()["speechId"])


@pytest.fixture
def listen() -> Iterator[Callable[[str], Ear]]:
    ears: list[Ear] = []

    def begin(job_id: str) -> Ear:
        ears.append(Ear(job_id))
        return ears[-1]

    yield begin
    for ear in ears:
        ear.unsubscribe()


@pytest.fixture
def _no_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the notice as the only way to hear of a job."""
    monkeypatch.setattr(notices, "final_among", lambda _ids: set())


@pytest.fixture
def _notices_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave looking as the only way to hear of a job."""
    monkeypatch.setattr(notices._settled, "publish", lambda _job_id: None)


def later(work: Callable[[], Any]) -> threading.Thread:
    """Do something on another thread in a moment."""

    def do() -> None:
        time.sleep(0.3)
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=do)
    thread.start()
    return thread


@pytest.mark.usefixtures("_no_looking")
def test_a_settled_job_is_announced_at_once_to_those_who_wait_for_it(
    speech_id: str, ada: Caller, listen: Any
) -> None:
    ear, other = listen(speech_id), listen(ada.say("Another.").json()["speechId"])
    request_cancel(Speech, speech_id)
    assert ear.told.wait(60)
    assert not other.told.wait(0.2)


@pytest.mark.usefixtures("_no_looking")
def test_nothing_is_announced_before_it_is_safe(speech_id: str, listen: Any) -> None:
    ear = listen(speech_id)
    with transaction.atomic():
        request_cancel(Speech, speech_id)
        assert not ear.told.wait(0.3)
    assert ear.told.wait(60)


@pytest.mark.usefixtures("_no_looking")
def test_what_was_rolled_back_is_not_announced(speech_id: str, listen: Any) -> None:
    ear = listen(speech_id)
    with transaction.atomic():
        request_cancel(Speech, speech_id)
        transaction.set_rollback(True)
    assert not ear.told.wait(0.3)


@pytest.mark.usefixtures("_notices_are_lost")
def test_a_lost_notice_delays_by_two_seconds_at_most(speech_id: str, listen: Any) -> None:
    ear = listen(speech_id)
    request_cancel(Speech, speech_id)
    assert ear.told.wait(notices.LOOK_SECONDS + 0.5)


@pytest.mark.usefixtures("_no_looking")
def test_nobody_is_called_after_unsubscribing(speech_id: str, listen: Any) -> None:
    ear, staying = listen(speech_id), listen(speech_id)
    ear.unsubscribe()
    request_cancel(Speech, speech_id)
    assert staying.told.wait(60)
    assert not ear.told.is_set()


@pytest.mark.usefixtures("_no_looking")
def test_one_who_fails_does_not_keep_the_others_from_hearing(speech_id: str, listen: Any) -> None:
    def fails() -> None:
        raise RuntimeError("a bad day")

    end = notices.subscribe(speech_id, fails)
    ear = listen(speech_id)
    request_cancel(Speech, speech_id)
    assert ear.told.wait(60)
    end()


@pytest.mark.usefixtures("speech_id")
def test_many_are_looked_for_by_one_query_for_each_kind(
    ada: Caller, django_assert_num_queries: Any
) -> None:
    ids = [ada.say(f"Number {n}.").json()["speechId"] for n in range(5)]
    request_cancel(Speech, ids[2])
    with django_assert_num_queries(len(kinds())):
        assert notices.final_among(set(ids)) == {ids[2]}


def test_a_job_whose_row_disappears_is_told_as_ended(speech_id: str) -> None:
    told = threading.Event()
    end = notices.subscribe(speech_id, told.set)
    Speech.objects.filter(pk=speech_id).delete()
    assert told.wait(notices.LOOK_SECONDS + 5)
    assert notices.wait(speech_id, 0)
    end()


def test_looking_ends_when_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "LOOK_SECONDS", 0.1)
    for _ in range(2):  # and begins anew
        end = notices.subscribe(uuid4().hex, lambda: None)
        looking = notices._watcher
        assert looking is not None
        time.sleep(0.3)
        assert looking.is_alive()
        end()
        looking.join(3)
        assert not looking.is_alive()


def test_waiting_ends_when_the_job_does(speech_id: str) -> None:
    settling = later(lambda: request_cancel(Speech, speech_id))
    began = time.monotonic()
    assert notices.wait(speech_id, 10)
    assert time.monotonic() - began < 1.5
    settling.join()
    assert notices.wait(speech_id, 0)
    assert speech_id not in notices._settled.awaited()


def test_waiting_ends_in_time(speech_id: str) -> None:
    began = time.monotonic()
    assert not notices.wait(speech_id, 0.5)
    assert 0.5 <= time.monotonic() - began < 1.5
