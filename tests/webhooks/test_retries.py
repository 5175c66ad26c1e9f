"""When an attempt is made again, and when it is not."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Membership, User
from speech.models import Delivery, WebhookEndpoint
from speech.webhooks.endpoints import change_endpoint, redeliver, send_test
from speech.webhooks.errors import BeingDeliveredError, EndpointDisabledError
from speech.webhooks.notices import wait_for_mail
from speech.webhooks.schedule import DELAYS, next_attempt, retry_after_seconds
from tests.webhooks.conftest import claim_one, deliver_all, happen, make_due

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.anydb


def lifetime(tries: int = 100) -> list[float]:
    """Return when each attempt of a delivery that always fails is made, in seconds."""
    now, made = NOON, [0.0]
    for number in range(1, tries):
        again = next_attempt(tries=number, first_failed_at=NOON, now=now)
        if again is None:
            return made
        made.append((again - NOON).total_seconds())
        now = again
    raise AssertionError("it never gives up")


def test_attempts_back_off_and_end_exactly_after_three_days():
    made = lifetime()
    gaps = [after - before for before, after in pairwise(made)]
    for gap, planned in zip(gaps[: len(DELAYS)], DELAYS, strict=False):
        assert planned <= gap <= planned * 1.1
    assert made[-1] == 3 * 24 * 3600
    assert len(made) == 11


def test_delays_are_spread():
    moments = {next_attempt(tries=5, first_failed_at=NOON, now=NOON) for _ in range(20)}
    assert len(moments) > 15


def test_a_server_may_ask_for_more_time_but_not_for_less():
    def delay(seconds):
        again = next_attempt(tries=2, first_failed_at=NOON, now=NOON, retry_after=seconds)
        return (again - NOON).total_seconds()

    assert 30 <= delay(1) <= 33
    assert 600 <= delay(600) <= 660
    assert delay(10**9) <= 24 * 3600 * 1.1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("", 0), ("120", 120), (" 7 ", 7), ("-5", 0), ("soon", 0), ("1.5", 0), ("9" * 400, 999999999),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 21 Oct 2015 07:28:00", 0), ("²", 0)],
)  # fmt: skip
def test_retry_after_is_read_as_far_as_it_makes_sense(header, seconds):
    assert retry_after_seconds(header) == seconds


def test_retry_after_may_be_a_date():
    at = timezone.now() + timedelta(minutes=10)
    assert 590 < retry_after_seconds(format_datetime(at, usegmt=True)) <= 600


def test_retry_after_is_honoured(ada, hook):
    hook.receiver.status = 503
    hook.receiver.headers = {"Retry-After": "900"}
    happen(ada.workspace)
    deliver_all()
    wait = hook.deliveries()[0].next_attempt_at - timezone.now()
    assert timedelta(minutes=14) < wait < timedelta(minutes=17)


def long_failing(hook):
    """Have the endpoint fail, and its first failure be three days ago."""
    now = timezone.now() - timedelta(seconds=1)
    ago = now - timedelta(days=3)
    WebhookEndpoint.objects.filter(pk=hook.endpoint.pk).update(failing_since=ago)
    Delivery.objects.update(first_failed_at=ago, next_attempt_at=now)


@pytest.fixture
def people(ada):
    for name, role in (("owner", "owner"), ("admin", "admin"), ("member", "member")):
        user = User.objects.create_user(f"{name}@example.com")
        Membership.objects.create(workspace=ada.workspace, user=user, role=role)
    gone = User.objects.create_user("gone@example.com", is_active=False)
    Membership.objects.create(workspace=ada.workspace, user=gone, role="owner")


def test_an_endpoint_that_fails_for_three_days_is_disabled_and_its_people_are_told(
    ada, hook, people, django_capture_on_commit_callbacks
):
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    assert hook.now().enabled
    happen(ada.workspace)  # another one, which will wait
    deliver_all()
    long_failing(hook)
    later = timezone.now() + timedelta(hours=1)
    Delivery.objects.filter(pk=hook.deliveries()[1].pk).update(next_attempt_at=later)
    with django_capture_on_commit_callbacks(execute=True):
        deliver_all()
    assert wait_for_mail(seconds=60)
    endpoint = hook.now()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "FAILING")
    assert {delivery.state for delivery in hook.deliveries()} == {"FAILED"}
    assert sorted(message.to for message in mail.outbox) == [
        ["admin@example.com"],
        ["owner@example.com"],
    ]
    assert endpoint.pk in mail.outbox[0].body
    assert "token" not in mail.outbox[0].body


def test_an_answer_of_gone_disables_at_once(ada, hook, people, django_capture_on_commit_callbacks):
    hook.receiver.status = 410
    happen(ada.workspace)
    with django_capture_on_commit_callbacks(execute=True):
        deliver_all()
    assert wait_for_mail(seconds=60)
    assert hook.now().disabled_reason == "GONE"
    assert hook.deliveries()[0].state == "FAILED"
    assert len(hook.receiver.received) == 1
    assert len(mail.outbox) == 2


def test_mail_that_cannot_be_sent_stops_nothing(
    ada, hook, people, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "nowhere.Backend"
    hook.receiver.status = 410
    happen(ada.workspace)
    with django_capture_on_commit_callbacks(execute=True):
        deliver_all()
    assert wait_for_mail(seconds=60)
    assert not hook.now().enabled


def test_one_success_ends_a_time_of_failure(ada, hook):
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    assert hook.now().failing_since is not None
    hook.receiver.status = 200
    make_due(hook.deliveries()[0])
    deliver_all()
    assert hook.now().failing_since is None


def test_enabling_again_forgets_why_it_was_disabled(ada, hook):
    hook.receiver.status = 410
    happen(ada.workspace)
    deliver_all()
    change_endpoint(endpoint=hook.endpoint, enabled=True)
    endpoint = hook.now()
    assert (endpoint.enabled, endpoint.disabled_reason, endpoint.failing_since) == (True, "", None)
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    assert hook.now().enabled


def test_a_delivery_is_sent_again_on_demand_with_the_same_id(ada, hook):
    event = happen(ada.workspace)
    deliver_all()
    redeliver(endpoint=hook.endpoint, delivery=hook.deliveries()[0])
    assert hook.deliveries()[0].state == "PENDING"
    hook.receiver.status = 500
    deliver_all()
    again = hook.deliveries()[0]
    assert [arrived.id for arrived in hook.receiver.received] == [event.pk] * 2
    assert (again.state, again.tries, again.attempt) == ("PENDING", 1, 2)
    assert again.next_attempt_at - timezone.now() < timedelta(seconds=6)
    assert again.attempts.count() == 2


def test_a_failed_delivery_begins_a_new_round_of_three_days(ada, hook):
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    long_failing(hook)
    WebhookEndpoint.objects.update(failing_since=timezone.now())
    deliver_all()
    assert hook.deliveries()[0].state == "FAILED"
    redeliver(endpoint=hook.endpoint, delivery=hook.deliveries()[0])
    deliver_all()
    assert hook.deliveries()[0].state == "PENDING"


def test_what_is_being_sent_is_not_sent_again(ada, hook):
    happen(ada.workspace)
    claim_one()
    with pytest.raises(BeingDeliveredError):
        redeliver(endpoint=hook.endpoint, delivery=hook.deliveries()[0])


def test_nothing_is_asked_of_a_disabled_endpoint(ada, hook):
    happen(ada.workspace)
    endpoint = change_endpoint(endpoint=hook.endpoint, enabled=False)
    with pytest.raises(EndpointDisabledError):
        redeliver(endpoint=endpoint, delivery=hook.deliveries()[0])
    with pytest.raises(EndpointDisabledError):
        send_test(endpoint=endpoint)


def test_a_test_event_goes_to_its_endpoint_alone_whatever_it_listens_to(ada, hook, receivers):
    from tests.webhooks.conftest import register

    other = register(ada.workspace, receivers(), events=["voice.failed"])
    send_test(endpoint=other.endpoint)
    deliver_all()
    assert other.receiver.received[0].verified(other.secret)["type"] == "webhook.test"
    assert hook.receiver.received == []
