"""URLs given for one request, other forms, and what is forgotten in the end."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook

from speech.models import Delivery, WebhookEndpoint, WebhookEvent
from speech.webhooks.emit import deliver_once
from speech.webhooks.endpoints import delete_endpoint
from speech.webhooks.forms import _forms, body_of, register_form
from speech.webhooks.purge import purge_deleted_endpoints, purge_old_events
from speech.webhooks.rotation import rotate_workspace_secret
from tests.webhooks.conftest import deliver_all, happen


def once(ada, receiver, **options):
    with transaction.atomic():
        return deliver_once(
            workspace=ada.workspace,
            url=receiver.url,
            event_type="speech.completed",
            data={"id": "one"},
            **options,
        )


def test_a_url_given_for_one_request_is_signed_with_the_secret_of_the_workspace(ada, receiver):
    once(ada, receiver)
    secret, _until = rotate_workspace_secret(workspace=ada.workspace)
    deliver_all()
    (arrived,) = receiver.received
    assert arrived.verified(secret)["data"] == {"id": "one"}
    assert len(arrived.headers["webhook-signature"].split()) == 2  # made on first use, then rotated
    assert Delivery.objects.get().state == "DELIVERED"


def test_a_one_off_is_retried_like_any_other(ada, receiver):
    receiver.status = 500
    once(ada, receiver)
    deliver_all()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.tries) == ("PENDING", 1)


@pytest.mark.parametrize("status", [410])
def test_a_one_off_that_is_gone_is_not_retried(ada, receiver, status):
    receiver.status = status
    once(ada, receiver)
    deliver_all()
    assert Delivery.objects.get().state == "FAILED"


def test_a_dialect_has_its_own_form(ada, receiver):
    register_form("other", lambda event: {"code": 200, "of": event.job_id})
    try:
        once(ada, receiver, form="other", job_id="c1")
        deliver_all()
    finally:
        del _forms["other"]
    secret, _until = rotate_workspace_secret(workspace=ada.workspace)
    arrived = receiver.received[0]
    assert arrived.body == b'{"code":200,"of":"c1"}'
    assert Webhook(secret)


def test_a_one_off_is_of_its_transaction(ada, receiver):
    with transaction.atomic():
        once(ada, receiver)
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()


def test_old_events_are_forgotten_unless_they_are_still_on_their_way(ada, hook):
    happen(ada.workspace)
    deliver_all()
    hook.receiver.status = 500
    waiting = happen(ada.workspace)
    deliver_all()
    old = timezone.now() - timedelta(days=31)
    WebhookEvent.objects.update(created_at=old)
    happen(ada.workspace)
    purge_old_events()
    assert WebhookEvent.objects.count() == 2
    assert WebhookEvent.objects.filter(pk=waiting.pk).exists()


def test_a_deleted_endpoint_goes_with_its_log(ada, hook):
    happen(ada.workspace)
    delete_endpoint(endpoint=hook.endpoint)
    old = timezone.now() - timedelta(days=31)
    WebhookEndpoint.objects.update(deleted_at=old)
    purge_old_events()
    purge_deleted_endpoints()
    assert WebhookEndpoint.objects.exists()
    WebhookEvent.objects.update(created_at=old)
    purge_old_events()
    purge_deleted_endpoints()
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "change",
    [{"state": "LOST"}, {"state": "FAILED"}, {"url": "http://example.com"}, {"endpoint": None}],
)
def test_the_database_refuses_a_delivery_that_makes_no_sense(ada, hook, change):
    happen(ada.workspace)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(**change)


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_sends_holds_no_database_connection_once_a_form_is_rendered(ada):
    event = WebhookEvent.objects.create(workspace=ada.workspace, type="a", data={})
    held = []

    def render() -> None:
        register_form("counting", lambda _event: {"events": WebhookEvent.objects.count()})
        held.append(body_of(event, "counting"))
        held.append(connection.connection)

    try:
        thread = threading.Thread(target=render)
        thread.start()
        thread.join()
    finally:
        del _forms["counting"]
    assert held == [b'{"events":1}', None]
