"""Workers that claim at the same moment. These need real transactions side by side."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from inference.jobs.fair_scheduler import claim_next
from inference.jobs.lifecycle import request_cancel
from inference.models import TenantQueue
from speech.models import Speech
from tests.speech.asking import ask
from tests.support.callers import make_caller

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer"),
]


def on_a_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, results


def test_a_queue_that_another_worker_holds_is_passed_over() -> None:
    ada, grace = make_caller("Ada"), make_caller("Grace")
    ask(ada, "Ada")
    ask(grace, "Grace")
    with transaction.atomic():
        TenantQueue.objects.select_for_update().get(workspace=ada.workspace)
        thread, results = on_a_thread(claim_next)
        thread.join(10)
        assert [held.job.text for held in results] == ["Grace"]


def test_an_idle_worker_waits_for_no_lock() -> None:
    ada = make_caller("Ada")
    ask(ada)
    assert claim_next() is not None
    with transaction.atomic():
        TenantQueue.objects.select_for_update().get(workspace=ada.workspace)
        thread, results = on_a_thread(claim_next)
        thread.join(10)
        assert results == [None]


def test_the_only_queue_with_work_is_waited_for() -> None:
    """Two workers and one customer: the second gets the second job, not nothing."""
    ada = make_caller("Ada")
    ask(ada, "one")
    ask(ada, "two")
    with transaction.atomic():
        first = claim_next()
        thread, results = on_a_thread(claim_next)
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    assert first is not None
    assert [first.job.text, *(held.job.text for held in results)] == ["one", "two"]


def test_a_limit_holds_for_workers_that_claim_at_once(settings: Any) -> None:
    settings.CONCURRENT_JOBS = 3
    ada = make_caller("Ada")
    for number in range(12):
        ask(ada, f"Text {number}")
    started = [on_a_thread(claim_next) for _ in range(8)]
    for thread, _results in started:
        thread.join(20)
    claimed = [results[0] for _thread, results in started if results[0] is not None]
    assert len(claimed) == 3
    assert len({held.job.pk for held in claimed}) == 3
    assert Speech.objects.filter(state="RUNNING").count() == 3


def test_a_job_that_is_being_cancelled_is_not_waited_for() -> None:
    """A cancel locks the job and then its queue, a claim the other way round: no deadlock."""
    ada = make_caller("Ada")
    first, second = ask(ada, "one"), ask(ada, "two")
    with transaction.atomic():
        Speech.objects.select_for_update().get(pk=first.pk)
        thread, results = on_a_thread(claim_next)
        thread.join(10)
        assert [held.job.pk for held in results] == [second.pk]
        request_cancel(Speech, first.pk)
    assert Speech.get(first.pk).state == "CANCELLED"
