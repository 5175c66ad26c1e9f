"""Nobody's slow receiver delays somebody else's deliveries."""

import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from speech.models import Delivery
from speech.webhooks import dispatch, turns
from tests.webhooks.conftest import happen, register
from voiceclone.running import scheduler

pytestmark = pytest.mark.anydb


def claimed() -> Delivery:
    held = turns.claim_next()
    assert held is not None
    return Delivery.objects.get(pk=held.delivery_id)


def test_endpoints_and_workspaces_take_turns(ada, grace, hook, receivers, settings):
    settings.WEBHOOK_THREADS = 8
    for _ in range(5):
        happen(ada.workspace)
    second = register(ada.workspace, receivers(), events=["credits.low"])
    happen(ada.workspace)
    hers = register(grace.workspace, receivers())
    happen(grace.workspace)
    order = [claimed().endpoint_id for _ in range(4)]
    assert order == [hook.endpoint.pk, hers.endpoint.pk, second.endpoint.pk, hook.endpoint.pk]
    assert turns.claim_next() is None  # both of Ada's have their share or nothing more


def test_a_workspace_takes_at_most_half_of_the_threads(ada, receivers, settings):
    settings.WEBHOOK_THREADS = 8
    for _ in range(5):
        register(ada.workspace, receivers())
    happen(ada.workspace)
    assert [claimed() for _ in range(4)]
    assert turns.claim_next() is None


@pytest.mark.django_db(transaction=True)
def test_threads_that_claim_at_once_see_each_others_claims(ada, hook, monkeypatch):
    for _ in range(6):
        happen(ada.workspace)
    count = turns._under_way

    def slowly():
        counted = count()
        time.sleep(0.05)
        return counted

    monkeypatch.setattr(turns, "_under_way", slowly)
    claims = []

    def claim():
        claims.append(turns.claim_next())
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([held for held in claims if held is not None]) == turns.PER_ENDPOINT


def test_within_an_endpoint_the_oldest_is_first(ada, hook):
    first, second = happen(ada.workspace), happen(ada.workspace)
    assert [claimed().event_id, claimed().event_id] == [first.pk, second.pk]


def test_what_is_not_yet_due_is_left_alone(ada, hook):
    happen(ada.workspace)
    Delivery.objects.update(next_attempt_at=timezone.now() + timezone.timedelta(seconds=5))
    assert turns.claim_next() is None


@pytest.fixture
def delivering(settings):
    settings.WEBHOOK_THREADS = 4
    yield
    dispatch.stop_delivering(seconds=5)
    assert not [one for one in threading.enumerate() if one.name == "webhooks"]


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_does_not_delay_another(ada, grace, hook, receivers, delivering):
    release = threading.Event()
    hook.receiver.before_answer = lambda: release.wait(8)
    for _ in range(6):
        happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: len(hook.receiver.received) == turns.PER_ENDPOINT)
    quick = register(ada.workspace, receivers(), events=["credits.low"])
    hers = register(grace.workspace, receivers())
    began = time.monotonic()
    for _ in range(3):
        happen(grace.workspace)
    happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: len(hers.receiver.received) == 3 and len(quick.receiver.received) == 1)
    assert time.monotonic() - began < 3
    assert len(hook.receiver.received) == turns.PER_ENDPOINT
    release.set()
    until(lambda: {delivery.state for delivery in hook.deliveries()} == {"DELIVERED"})


@pytest.mark.django_db(transaction=True)
def test_deliveries_begin_at_once_where_a_scheduler_runs(ada, hook, delivering):
    dispatch.deliver_due()
    happen(ada.workspace)
    assert hook.receiver.arrived.acquire(timeout=5)


@pytest.mark.django_db(transaction=True)
def test_where_no_scheduler_runs_nothing_is_sent(ada, hook):
    happen(ada.workspace)
    assert not hook.receiver.arrived.acquire(timeout=0.3)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_many_schedulers_send_each_delivery_once(ada, hook):
    for _ in range(20):
        happen(ada.workspace)
    many = [dispatch.Dispatcher(2) for _ in range(3)]
    while Delivery.objects.filter(state="PENDING").exists():
        for one in many:
            one.start(2)
        time.sleep(0.05)
    for one in many:
        one.stop(seconds=5)
    ids = [arrived.id for arrived in hook.receiver.received]
    assert len(ids) == len(set(ids)) == 20


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_breaks_makes_room_for_another(ada, hook, delivering, monkeypatch):
    def breaks():
        raise RuntimeError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(dispatch, "deliver_next", breaks)
        happen(ada.workspace)
        for _ in range(10):
            dispatch.deliver_due()
    until(lambda: dispatch.deliver_due() or hook.receiver.received)
    assert hook.receiver.arrived.acquire(timeout=5)


def test_threads_are_bounded(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(dispatch, "deliver_next", lambda: release.wait(5) and False)
    few = dispatch.Dispatcher(2)
    assert (few.start(5), few.start(1)) == (2, 0)
    release.set()
    few.stop(seconds=5)
    assert few.start(1) == 0  # it has ended


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_delivers(ada, hook, delivering):
    happen(ada.workspace)
    stop = threading.Event()
    running = threading.Thread(target=scheduler.run_until, args=(stop,))
    running.start()
    assert hook.receiver.arrived.acquire(timeout=20)
    stop.set()
    running.join()
