"""One attempt and what comes of it."""

import json
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from inference.fetch.connection import KeptConnections
from speech.models import Delivery, DeliveryAttempt, WebhookEndpoint
from speech.webhooks import claiming, sending
from speech.webhooks.endpoints import change_endpoint, delete_endpoint
from speech.webhooks.loading import load
from speech.webhooks.results import Result
from speech.webhooks.rotation import rotate_secret
from speech.webhooks.signing import new_secret
from tests.webhooks.conftest import (
    claim_one,
    deliver_all,
    finish,
    happen,
    make_due,
    send_claimed,
    submitted,
)

pytestmark = pytest.mark.anydb


def attempts() -> list[DeliveryAttempt]:
    return list(DeliveryAttempt.objects.order_by("number"))


def end_leases() -> None:
    """Have the leases of all that is being sent run out."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.update(lease_until=past, next_attempt_at=past)


def test_an_event_arrives_signed_and_in_the_standard_shape(ada, hook):
    event = happen(ada.workspace, credits=999, note="für Ada")
    deliver_all()
    (arrived,) = hook.receiver.received
    assert arrived.verified(hook.secret) == {
        "type": "credits.low",
        "timestamp": event.created_at.strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{event.created_at.microsecond // 1000:03d}Z",
        "data": {"credits": 999, "note": "für Ada"},
    }
    assert arrived.path == "/hooks?token=1"
    assert arrived.id == event.pk
    assert arrived.headers["content-type"] == "application/json"
    (delivery,) = hook.deliveries()
    assert (delivery.state, delivery.lease_until) == ("DELIVERED", None)
    (attempt,) = attempts()
    assert (attempt.number, attempt.status, attempt.response) == (1, 200, "thank you")


def test_a_signature_of_another_secret_does_not_verify(ada, hook):
    happen(ada.workspace)
    deliver_all()
    with pytest.raises(WebhookVerificationError):
        hook.receiver.received[0].verified(new_secret())


def test_both_secrets_sign_while_one_replaces_the_other(ada, hook):
    secret, until = rotate_secret(endpoint=hook.endpoint)
    happen(ada.workspace)
    deliver_all()
    (arrived,) = hook.receiver.received
    assert len(arrived.headers["webhook-signature"].split(" ")) == 2
    arrived.verified(secret)
    arrived.verified(hook.secret)
    assert timedelta(hours=23) < until - timezone.now() <= timedelta(hours=24)

    WebhookEndpoint.objects.update(previous_secret_until=timezone.now())
    happen(ada.workspace)
    deliver_all()
    late = hook.receiver.received[1]
    late.verified(secret)
    with pytest.raises(WebhookVerificationError):
        late.verified(hook.secret)


def test_secrets_are_stored_sealed(hook):
    assert hook.secret not in hook.now().secret
    assert hook.secret.startswith("whsec_")


def test_secrets_outlive_a_change_of_the_secret_key(ada, hook, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is as long as a key has to be"
    happen(ada.workspace)
    deliver_all()
    hook.receiver.received[0].verified(hook.secret)


def test_a_secret_sealed_under_a_lost_key_is_said_to_be_unreadable(ada, hook, settings):
    settings.SECRET_KEY = "another key that is as long as a key has to be"
    happen(ada.workspace)
    deliver_all()
    assert hook.receiver.received == []
    assert attempts()[0].error_code == "SECRET_UNREADABLE"
    assert hook.deliveries()[0].state == "PENDING"


def test_audio_is_addressed_for_four_days_and_nothing_else_differs_between_attempts(
    ada, hook, monkeypatch
):
    hook.receiver.status = 500
    finish(submitted(ada))
    deliver_all()
    real = time.time
    monkeypatch.setattr("voiceclone.files._now", lambda: real() + 2 * 24 * 3600)
    make_due(hook.deliveries()[0])
    deliver_all()
    first, second = (arrived.verified(hook.secret) for arrived in hook.receiver.received)
    assert hook.receiver.received[0].id == hook.receiver.received[1].id
    urls = [payload["data"].pop("audioUrl") for payload in (first, second)]
    assert first == second
    assert urls[0] != urls[1]
    for url, at in zip(urls, (real(), real() + 2 * 24 * 3600), strict=True):
        token = urlsplit(url).path.split("/")[2]
        said = signing.Signer(salt="voiceclone.files.address").unsign_object(token)
        assert said["n"] == "speeches/one.mp3"
        assert 4 * 24 * 3600 - 60 <= said["e"] - at <= 4 * 24 * 3600 + 3600


@pytest.mark.parametrize("status", [300, 302, 400, 401, 404, 429, 500, 503])
def test_any_other_answer_is_tried_again(ada, hook, status):
    hook.receiver.status = status
    hook.receiver.headers = {"Location": hook.receiver.url}
    happen(ada.workspace)
    deliver_all()
    (delivery,) = hook.deliveries()
    assert delivery.state == "PENDING"
    assert delivery.lease_until is None
    assert delivery.next_attempt_at > timezone.now()
    assert attempts()[0].status == status
    assert len(hook.receiver.received) == 1  # a redirect is not followed


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_good_answer_delivers(ada, hook, status):
    hook.receiver.status = status
    hook.receiver.body = b""
    happen(ada.workspace)
    deliver_all()
    assert hook.deliveries()[0].state == "DELIVERED"


def test_an_answer_is_kept_in_part_and_made_fit_to_show(ada, hook):
    hook.receiver.body = b"\x00\x1b[31m\xff" + b"x" * 100_000
    happen(ada.workspace)
    deliver_all()
    shown = attempts()[0].response
    assert len(shown) == 1000
    assert "\x00" not in shown
    assert "\x1b" not in shown


def test_a_refused_address_fails_for_good_without_a_connection(ada, hook, settings):
    settings.ALLOWED_FETCH_HOSTS = frozenset()
    happen(ada.workspace)
    deliver_all()
    (delivery,) = hook.deliveries()
    assert (delivery.state, attempts()[0].error_code) == ("FAILED", "FORBIDDEN_ADDRESS")
    assert hook.receiver.received == []


def test_a_server_that_is_not_there_is_tried_again(ada, hook):
    hook.receiver.__exit__()
    happen(ada.workspace)
    deliver_all()
    assert hook.deliveries()[0].state == "PENDING"
    assert attempts()[0].error_code == "CONNECT_FAILED"
    assert attempts()[0].status is None


def test_a_crash_of_ours_is_recorded_and_tried_again(ada, hook, monkeypatch):
    def crash(*_args):
        raise RuntimeError("rendering")

    monkeypatch.setattr(sending, "body_of", crash)
    happen(ada.workspace)
    deliver_all()
    assert hook.deliveries()[0].state == "PENDING"
    assert attempts()[0].error_code == "INTERNAL_ERROR"


def test_a_worker_that_dies_before_it_records_leaves_the_delivery_to_another(ada, hook):
    event = happen(ada.workspace)
    held = claim_one()
    (letter,) = load([held])
    sending.send(letter, KeptConnections(1))  # and then the process is killed
    assert claim_one() is None  # not while its lease runs
    end_leases()
    deliver_all()
    assert [arrived.id for arrived in hook.receiver.received] == [event.pk, event.pk]
    assert hook.deliveries()[0].state == "DELIVERED"
    assert [attempt.number for attempt in attempts()] == [held.attempt + 1]


def test_a_worker_that_lost_its_lease_records_nothing(ada, hook):
    happen(ada.workspace)
    late = claim_one()
    end_leases()
    held = claim_one()
    hook.receiver.status = 500
    send_claimed([late])
    assert attempts() == []
    assert hook.now().failing_since is None
    assert Delivery.objects.get().lease_until is not None
    hook.receiver.status = 200
    send_claimed([held])
    assert [attempt.number for attempt in attempts()] == [2]


def test_a_lease_is_longer_than_an_attempt():
    assert claiming.LEASE.total_seconds() > 2 * sending.TIMEOUT.total


def test_a_changed_url_counts_from_the_next_attempt(ada, hook, receivers):
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    other = receivers()
    change_endpoint(endpoint=hook.endpoint, url=other.url)
    make_due(hook.deliveries()[0])
    deliver_all()
    assert len(other.received) == 1


def test_what_waits_for_an_endpoint_fails_when_it_is_disabled(ada, hook):
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    change_endpoint(endpoint=hook.endpoint, enabled=False)
    assert hook.deliveries()[0].state == "FAILED"


@pytest.mark.parametrize("deleted", [False, True])
def test_what_was_just_claimed_for_a_stopped_endpoint_is_not_sent(ada, hook, deleted):
    happen(ada.workspace)
    held = claim_one()
    if deleted:
        delete_endpoint(endpoint=hook.endpoint)
    else:
        change_endpoint(endpoint=hook.endpoint, enabled=False)
    send_claimed([held])
    assert hook.deliveries()[0].state == "FAILED"
    assert attempts() == []
    assert hook.receiver.received == []


def test_an_attempt_that_fails_while_its_endpoint_is_disabled_is_the_last(ada, hook, monkeypatch):
    def disabled_meanwhile(*_args):
        change_endpoint(endpoint=hook.endpoint, enabled=False)
        return Result(status=500)

    monkeypatch.setattr(sending, "_result", disabled_meanwhile)
    happen(ada.workspace)
    deliver_all()
    (delivery,) = hook.deliveries()
    assert (delivery.state, delivery.attempts.count()) == ("FAILED", 1)
    assert hook.now().failing_since is None


def test_events_are_plain_json(ada, hook):
    happen(ada.workspace, text="ä")
    deliver_all()
    body = hook.receiver.received[0].body
    assert json.loads(body)["data"] == {"text": "ä"}
    assert "ä".encode() in body
