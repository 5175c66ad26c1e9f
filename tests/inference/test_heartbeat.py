"""Which worker processes are alive, by what they wrote into the database."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models.functions import Now
from django.test import Client

from inference.heartbeat import ALIVE, FORGOTTEN, Heartbeat, live_workers
from inference.models import WorkerProcess

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


@pytest.fixture(autouse=True)
def _two_threads(settings: Any) -> None:
    settings.WORKER_THREADS = 2
    settings.EMBEDDED = False


@pytest.fixture
def mine() -> Any:
    """This process's heartbeat."""
    heartbeat = Heartbeat()
    heartbeat.start()
    yield heartbeat
    heartbeat.stop()


def elsewhere(name: str, *, seen_before: timedelta = timedelta(), threads: int = 8) -> None:
    """Enter a process of another machine, which was last heard of some time ago."""
    WorkerProcess.objects.create(id=name, host=name, pid=7, threads=threads, engine="espeak")
    WorkerProcess.objects.filter(pk=name).update(seen_at=Now() - seen_before)


def test_a_process_is_alive_from_its_start_to_its_stop() -> None:
    heartbeat = Heartbeat()
    assert live_workers().processes == 0
    heartbeat.start()
    assert (live_workers().processes, live_workers().threads) == (1, 2)
    heartbeat.stop()
    assert live_workers().processes == live_workers().threads == 0
    assert not any(thread.name == "heartbeat" for thread in threading.enumerate())


def test_processes_of_all_machines_are_counted_with_their_threads(mine: Heartbeat) -> None:
    elsewhere("gpu-1")
    elsewhere("gpu-2", threads=4)
    assert (live_workers().processes, live_workers().threads) == (3, 14)


def test_one_that_was_not_heard_of_for_some_beats_is_not_alive() -> None:
    elsewhere("late", seen_before=ALIVE - timedelta(seconds=5))
    elsewhere("killed", seen_before=ALIVE + timedelta(seconds=5))
    assert live_workers().processes == 1


def test_a_beat_says_anew_that_the_process_is_alive_and_forgets_those_long_gone(
    mine: Heartbeat,
) -> None:
    elsewhere("long gone", seen_before=FORGOTTEN + timedelta(seconds=5))
    WorkerProcess.objects.exclude(pk="long gone").update(seen_at=Now() - ALIVE)
    assert live_workers().processes == 0
    mine._say()
    assert live_workers().processes == 1
    assert not WorkerProcess.objects.filter(pk="long gone").exists()


def test_a_process_whose_row_is_gone_enters_itself_again(mine: Heartbeat) -> None:
    WorkerProcess.objects.all().delete()
    mine._say()
    assert live_workers().processes == 1


def test_a_process_takes_the_place_of_the_one_it_replaced(mine: Heartbeat) -> None:
    again = Heartbeat()
    again.start()
    assert live_workers().processes == 1
    again.stop()


def test_the_embedded_service_is_the_only_one(settings: Any) -> None:
    settings.EMBEDDED = True
    elsewhere("before it was killed")
    heartbeat = Heartbeat()
    heartbeat.start()
    assert live_workers().processes == 1
    heartbeat.stop()


def test_a_database_that_is_away_keeps_no_worker_from_its_work(
    mine: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise DatabaseError("the database is away")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(mine, "_mine", away)
        mine._beat(mine._say)


def test_readiness_says_how_many_are_alive_and_warns_where_none_is(settings: Any) -> None:
    settings.EMBEDDED = True  # on SQLite there is no broker to ask
    reply = Client().get("/readyz")
    assert (reply.status_code, reply.json()["workers"]) == (200, 0)
    assert "no worker" in reply.json()["warning"]
    elsewhere("gpu-1")
    reply = Client().get("/readyz")
    assert (reply.status_code, reply.json()["workers"]) == (200, 1)
    assert "warning" not in reply.json()
