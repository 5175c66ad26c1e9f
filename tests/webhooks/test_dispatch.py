"""The scheduler's process delivers, many at a time, and nobody waits for somebody else."""

import threading
import time

import pytest
from django.db import connection, transaction

from accounts.models import Membership, User
from speech.models import WebhookEndpoint
from speech.webhooks import dispatch, notices
from speech.webhooks.dispatch import Dispatcher
from speech.webhooks.emit import deliver_once
from speech.webhooks.shares import START
from tests.webhooks.conftest import happen, register
from voiceclone.running import scheduler

pytestmark = [pytest.mark.anydb, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def delivering(settings):
    settings.WEBHOOK_THREADS = 16
    settings.REAPER_SECONDS = 0.1
    yield
    dispatch.stop_delivering(seconds=5)
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("webhook-s")])


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def states(registered) -> set[str]:
    return {delivery.state for delivery in registered.deliveries()}


def test_a_slow_receiver_does_not_delay_another(ada, grace, hook, receivers, delivering):
    release = threading.Event()
    hook.receiver.before_answer = lambda: release.wait(8)
    for _ in range(6):
        happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: len(hook.receiver.received) == START)
    quick = register(ada.workspace, receivers(), events=["credits.low"])
    hers = register(grace.workspace, receivers())
    for _ in range(3):
        happen(grace.workspace)
    happen(ada.workspace)
    until(lambda: len(hers.receiver.received) == 3 and len(quick.receiver.received) == 1)
    assert len(hook.receiver.received) == START
    release.set()
    until(lambda: states(hook) == {"DELIVERED"})


def test_a_dead_one_request_url_does_not_delay_another(ada, receivers, delivering):
    dead, quick = receivers(), receivers()
    release = threading.Event()
    dead.before_answer = lambda: release.wait(8)

    def once(receiver):
        with transaction.atomic():
            deliver_once(workspace=ada.workspace, url=receiver.url, event_type="a", data={})

    for _ in range(20):
        once(dead)
    dispatch.deliver_due()
    until(lambda: len(dead.received) == START)
    for _ in range(5):
        once(quick)
    until(lambda: len(quick.received) == 5)
    assert len(dead.received) == START
    release.set()


def test_a_receiver_that_answers_has_ten_and_more_in_flight(ada, hook, settings, delivering):
    settings.WEBHOOK_THREADS = 40
    together = threading.Barrier(10)
    hook.receiver.before_answer = lambda: (
        together.wait(8) if len(hook.receiver.received) > 20 else None
    )
    for _ in range(60):
        happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: len(hook.receiver.received) >= 30 and not together.broken)
    together.abort()


def test_deliveries_begin_at_once_where_a_scheduler_runs(ada, hook, settings, delivering):
    settings.REAPER_SECONDS = 3600
    dispatch.deliver_due()
    happen(ada.workspace)
    assert hook.receiver.arrived.acquire(timeout=60)


def test_where_no_scheduler_runs_nothing_is_sent(ada, hook):
    happen(ada.workspace)
    assert not hook.receiver.arrived.acquire(timeout=0.3)


def test_many_schedulers_send_each_delivery_once(ada, hook):
    for _ in range(40):
        happen(ada.workspace)
    several = [Dispatcher(8) for _ in range(3)]
    for one in several:
        one.start()
        one.wake()
    until(lambda: states(hook) == {"DELIVERED"})
    for one in several:
        one.stop(seconds=5)
    ids = [arrived.id for arrived in hook.receiver.received]
    assert len(ids) == len(set(ids)) == 40


def test_deliveries_to_one_endpoint_share_connections(ada, hook, delivering):
    hook.receiver.keep_connections()
    for _ in range(30):
        happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: states(hook) == {"DELIVERED"})
    assert len(hook.receiver.connections) < 15  # of 30


def test_it_goes_on_after_the_database_was_away(ada, hook, delivering, monkeypatch):
    failed = threading.Event()
    real = dispatch.FairQueue.claim

    def fails_once(self, most):
        if not failed.is_set():
            failed.set()
            raise RuntimeError("the database is away")
        return real(self, most)

    monkeypatch.setattr(dispatch.FairQueue, "claim", fails_once)
    happen(ada.workspace)
    dispatch.deliver_due()
    assert hook.receiver.arrived.acquire(timeout=60)
    assert failed.is_set()


def test_where_no_thread_can_be_started_those_there_send_one_by_one(
    ada, hook, delivering, monkeypatch
):
    real, started = threading.Thread.start, []

    def start(thread):
        if thread.name == "webhook-sender" and len(started) == 1:
            raise RuntimeError("can't start new thread")
        started.extend([thread] if thread.name == "webhook-sender" else [])
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    for _ in range(10):
        happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: states(hook) == {"DELIVERED"})


def test_what_is_in_flight_is_recorded_when_the_process_stops(ada, hook, delivering):
    release = threading.Event()
    hook.receiver.before_answer = lambda: release.wait(5)
    for _ in range(3):
        happen(ada.workspace)
    dispatch.deliver_due()
    until(lambda: len(hook.receiver.received) == START)
    threading.Timer(0.2, release.set).start()
    dispatch.stop_delivering(seconds=5)
    assert sorted(one.state for one in hook.deliveries()) == ["DELIVERED", "DELIVERED", "PENDING"]


def test_a_mail_server_that_hangs_delays_no_delivery(ada, hook, receivers, delivering, monkeypatch):
    owner = User.objects.create_user("owner@example.com")
    Membership.objects.create(workspace=ada.workspace, user=owner, role="owner")
    release, sending = threading.Event(), threading.Event()

    def hangs(*_args, **_options):
        sending.set()
        release.wait(10)

    monkeypatch.setattr(notices.EmailMessage, "send", hangs)
    hook.receiver.status = 410
    happen(ada.workspace)
    dispatch.deliver_due()
    assert sending.wait(60)
    other = register(ada.workspace, receivers())
    happen(ada.workspace)
    until(lambda: states(other) == {"DELIVERED"})
    assert not WebhookEndpoint.objects.get(pk=hook.endpoint.pk).enabled
    release.set()
    assert notices.wait_for_mail(seconds=60)


def test_the_scheduler_delivers(ada, hook, delivering):
    happen(ada.workspace)
    stop = threading.Event()
    running = threading.Thread(target=scheduler.run_until, args=(stop,))
    running.start()
    assert hook.receiver.arrived.acquire(timeout=60)
    stop.set()
    running.join()
    connection.close()
