"""An endpoint is disabled when it really failed for three days, and not before."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from speech.models import DisabledReason, WebhookEndpoint
from speech.webhooks.health import QUIET, note
from speech.webhooks.recording import record
from speech.webhooks.results import Attempt, Result
from speech.webhooks.schedule import DELAYS, GIVE_UP_AFTER, next_attempt
from tests.webhooks.conftest import claim_one, deliver_all, happen

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FAILED = Result(code="TIMED_OUT")
DELIVERED = Result(status=200, delivered=True)


def after(*attempts: tuple[float, Result]) -> tuple[WebhookEndpoint, list[float]]:
    """Return an endpoint after attempts (hours, result), and the hours that call to disable it."""
    endpoint = WebhookEndpoint()
    disabling = [
        hours
        for hours, result in attempts
        if note(endpoint, result, NOON + timedelta(hours=hours)) == DisabledReason.FAILING
    ]
    return endpoint, disabling


def test_quiet_days_do_not_count():
    _endpoint, disabling = after((0, FAILED), (96, FAILED))
    assert disabling == []


def test_after_quiet_days_the_time_of_failure_begins_anew():
    endpoint, disabling = after((0, FAILED), (10, FAILED), (100, FAILED), (129, FAILED))
    assert disabling == []
    assert endpoint.failing_since == NOON + timedelta(hours=100)


@pytest.mark.parametrize(
    ("hours", "disabled"),
    [
        ([0, 30, 60, 72], True),
        ([0, 24, 48, 71.99], False),
        ([0, 30.01, 60, 72], False),  # which begins anew at 30.01
        ([0, 24, 48, 72], True),
        ([0, 1, 2, 3, 4], False),
    ],
)
def test_an_endpoint_is_failing_while_attempts_go_on_and_all_fail(hours, disabled):
    _endpoint, disabling = after(*((hour, FAILED) for hour in hours))
    assert bool(disabling) == disabled


def test_one_success_ends_a_time_of_failure():
    endpoint, disabling = after(*((hour, FAILED) for hour in (0, 24, 48)), (60, DELIVERED))
    assert (endpoint.failing_since, endpoint.last_failed_at) == (None, None)
    assert note(endpoint, FAILED, NOON + timedelta(hours=72)) is None
    assert disabling == []


def test_failures_on_our_own_side_do_not_count():
    ours = Result(code="INTERNAL_ERROR", ours=True)
    endpoint, disabling = after(*((hour, ours) for hour in range(0, 100, 10)))
    assert (disabling, endpoint.failing_since) == ([], None)


def test_one_failure_between_failures_of_ours_is_no_three_days():
    ours = Result(code="SECRET_UNREADABLE", ours=True)
    attempts = [(0, FAILED), *((hour, ours) for hour in range(10, 90, 10)), (90, FAILED)]
    _endpoint, disabling = after(*attempts)
    assert disabling == []


def test_the_retries_of_one_delivery_leave_no_quiet_time_between_them():
    now, tries = NOON, 1
    while again := next_attempt(tries=tries, first_failed_at=NOON, now=now, retry_after=10**6):
        assert again - now < QUIET
        now, tries = again, tries + 1
    assert now - NOON == GIVE_UP_AFTER
    assert timedelta(seconds=max(DELAYS) * 1.1) < QUIET


attempts = st.lists(
    st.tuples(st.floats(0.01, 60), st.sampled_from([FAILED, FAILED, FAILED, DELIVERED])),
    max_size=40,
)


@given(attempts)
def test_whenever_an_endpoint_is_disabled_it_really_failed_for_three_days(gaps):
    endpoint, now = WebhookEndpoint(), NOON
    run: list[datetime] = []  # failures without a success, none long after the one before
    for hours, result in gaps:
        now += timedelta(hours=hours)
        reason = note(endpoint, result, now)
        if result.delivered:
            run = []
            assert reason is None
            continue
        run = [*run, now] if run and now - run[-1] <= QUIET else [now]
        failed_long = now - run[0] >= timedelta(days=3)
        assert (reason == DisabledReason.FAILING) == failed_long
        if failed_long:
            assert len(run) >= 4


@pytest.mark.anydb
def test_two_failures_days_apart_do_not_disable_an_endpoint(ada, hook, settings):
    allowed, settings.ALLOWED_FETCH_HOSTS = settings.ALLOWED_FETCH_HOSTS, frozenset()
    happen(ada.workspace)
    deliver_all()  # a wrong answer of the resolver: it is not tried again
    assert hook.deliveries()[0].state == "FAILED"
    ago = timezone.now() - timedelta(days=4)
    WebhookEndpoint.objects.update(failing_since=ago, last_failed_at=ago)
    settings.ALLOWED_FETCH_HOSTS = allowed
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    assert hook.now().enabled
    assert timezone.now() - hook.now().failing_since < timedelta(hours=1)


@pytest.mark.anydb
def test_an_endpoint_that_an_earlier_release_called_failing_gets_three_days_more(ada, hook):
    ago = timezone.now() - timedelta(days=4)
    WebhookEndpoint.objects.update(failing_since=ago)
    hook.receiver.status = 500
    happen(ada.workspace)
    deliver_all()
    assert hook.now().enabled


@pytest.mark.anydb
def test_health_goes_by_the_clock_of_the_database(ada, hook, monkeypatch):
    ago = timezone.now() - timedelta(hours=20)
    WebhookEndpoint.objects.update(failing_since=ago, last_failed_at=ago)
    happen(ada.workspace)
    claimed, now = claim_one(), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=2))
    record([Attempt(claimed, hook.endpoint.pk, FAILED, now, 0.1)])
    assert hook.now().failing_since == ago
    assert hook.now().last_failed_at - now < timedelta(hours=1)
