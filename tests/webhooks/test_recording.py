"""Many attempts are written down together, and a bad row stops none of the others."""

import pytest
from django.db import transaction

from inference.fetch.connection import KeptConnections
from speech.models import Delivery, DeliveryAttempt, WorkspaceSecret
from speech.webhooks import loading, recording
from speech.webhooks.emit import deliver_once
from speech.webhooks.schedule import GIVE_UP_AFTER
from speech.webhooks.sending import send
from tests.webhooks.conftest import claim, happen, register, send_claimed

pytestmark = pytest.mark.anydb


def test_a_delivery_that_cannot_be_read_stops_no_other(ada, hook, monkeypatch):
    bad, good = happen(ada.workspace), happen(ada.workspace)
    real = loading.Letter

    def unreadable(claim, delivery, signer):
        if delivery.event_id == bad.pk:
            raise ValueError("a broken row")
        return real(claim, delivery, signer)

    monkeypatch.setattr(loading, "Letter", unreadable)
    send_claimed(claim(2))
    assert [arrived.id for arrived in hook.receiver.received] == [good.pk]
    row = bad.deliveries.get()
    assert (row.state, row.tries, row.lease_until) == ("PENDING", 1, None)
    assert row.next_attempt_at > row.first_failed_at


def test_an_attempt_that_cannot_be_recorded_stops_no_other(ada, hook):
    bad, good = happen(ada.workspace), happen(ada.workspace)
    row = bad.deliveries.get()
    DeliveryAttempt.objects.create(delivery=row, number=1, began_at=row.created_at, seconds=1)
    send_claimed(claim(2))
    assert good.deliveries.get().state == "DELIVERED"
    row.refresh_from_db()
    assert (row.state, row.lease_until) == ("PENDING", None)
    assert row.next_attempt_at > row.first_failed_at


def test_a_delivery_that_can_never_be_recorded_is_given_up_after_three_days(ada, hook):
    bad = happen(ada.workspace)
    claimed = claim()
    Delivery.objects.update(first_failed_at=bad.created_at - GIVE_UP_AFTER)
    recording.put_back(claimed[0])
    assert bad.deliveries.get().state == "FAILED"


def test_what_cannot_even_be_put_back_waits_for_the_end_of_its_lease(ada, hook, monkeypatch):
    happen(ada.workspace)
    (claimed,) = claim()

    def breaks(*_args):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(recording, "_held", breaks)
    recording.put_back(claimed)
    assert Delivery.objects.get().lease_until is not None


def test_a_batch_is_recorded_in_as_many_queries_as_one_delivery(
    ada, hook, receivers, django_assert_num_queries
):
    register(ada.workspace, receivers())
    for _ in range(2):
        happen(ada.workspace)
    letters = loading.load(claim(4))
    assert len(letters) == 4
    connections = KeptConnections(4)
    with django_assert_num_queries(0):  # what sends needs no database connection
        attempts = [send(letter, connections) for letter in letters]
    with django_assert_num_queries(6):  # begin, endpoints, deliveries, update, attempts, commit
        recording.record(attempts)
    assert Delivery.objects.filter(state="DELIVERED").count() == 4


def test_what_was_erased_meanwhile_is_neither_sent_nor_recorded(ada, hook):
    happen(ada.workspace)
    happen(ada.workspace)
    claims = claim(2)
    Delivery.objects.filter(pk=claims[0].delivery_id).delete()
    (letter,) = loading.load(claims)
    attempt = send(letter, KeptConnections(1))
    Delivery.objects.all().delete()
    recording.record([attempt])
    assert not DeliveryAttempt.objects.exists()


def test_a_workspace_without_a_secret_is_our_fault_and_tried_again(ada, receiver):
    with transaction.atomic():
        deliver_once(workspace=ada.workspace, url=receiver.url, event_type="a", data={})
    WorkspaceSecret.objects.all().delete()
    send_claimed(claim())
    assert DeliveryAttempt.objects.get().error_code == "SECRET_UNREADABLE"
    assert Delivery.objects.get().state == "PENDING"
