"""Writing down what came of attempts, many at once. Lock order: endpoints, then deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models.functions import Now

from speech.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    DisabledReason,
    WebhookEndpoint,
)
from speech.webhooks import health
from speech.webhooks.notices import mail_on_commit
from speech.webhooks.results import Attempt, Result
from speech.webhooks.schedule import next_attempt
from speech.webhooks.shares import Claim

log = structlog.get_logger(__name__)


def record(attempts: Sequence[Attempt]) -> None:
    """Write attempts down and settle or plan their deliveries.

    An attempt whose lease was lost is left out. One that cannot be written is logged, and its
    delivery put back with a pause; the others are written without it.
    """
    try:
        with transaction.atomic():
            _record(attempts)
    except Exception:
        if len(attempts) > 1:
            for one in attempts:
                record([one])
            return
        log.exception("webhook_not_recorded", delivery_id=attempts[0].claim.delivery_id)
        put_back(attempts[0].claim)


def put_back(claim: Claim) -> None:
    """Give up a claim, so that its delivery is tried again as after a failure. Never raises."""
    try:
        with transaction.atomic():
            rows = _held([claim])
            for row in rows:
                _plan(row, Result(), stopped=False)
            _save(rows)
    except Exception:  # the lease will end by itself
        log.exception("webhook_not_put_back", delivery_id=claim.delivery_id)


def refuse(claim: Claim) -> None:
    """Settle a claimed delivery to an endpoint that was disabled in the meantime."""
    with transaction.atomic():
        rows = _held([claim])
        for row in rows:
            _end(row, DeliveryState.FAILED)
        _save(rows)


def drop_waiting(endpoint: WebhookEndpoint) -> None:
    """Settle what still waits for an endpoint that was just disabled."""
    Delivery.objects.filter(
        workspace=endpoint.workspace_id,
        destination=endpoint.pk,
        endpoint=endpoint,
        state=DeliveryState.PENDING,
        lease_until=None,
    ).update(state=DeliveryState.FAILED, finished_at=Now())


def _record(attempts: Sequence[Attempt]) -> None:
    endpoints = _locked({one.endpoint_id for one in attempts if one.endpoint_id is not None})
    rows = {row.pk: row for row in _held([one.claim for one in attempts])}
    kept = [one for one in attempts if one.claim.delivery_id in rows]
    for one in kept:
        if one.endpoint_id is not None:
            now = rows[one.claim.delivery_id].database_now
            _note_health(endpoints[one.endpoint_id], one.result, now)
    for one in kept:
        row = rows[one.claim.delivery_id]
        if one.result.delivered:
            _end(row, DeliveryState.DELIVERED)
        else:
            endpoint = None if one.endpoint_id is None else endpoints[one.endpoint_id]
            stopped = endpoint is not None and not endpoint.enabled
            _plan(row, one.result, stopped=stopped)
    _save(list(rows.values()))
    DeliveryAttempt.objects.bulk_create([_written(one) for one in kept])
    for one in attempts:
        log.info(
            "webhook_attempted" if one.claim.delivery_id in rows else "webhook_lease_lost",
            delivery_id=one.claim.delivery_id,
            attempt=one.claim.attempt,
            status=one.result.status,
            code=one.result.code,
        )


def _locked(endpoint_ids: set[str]) -> dict[str, WebhookEndpoint]:
    if not endpoint_ids:
        return {}
    rows = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk__in=endpoint_ids)
    return {row.pk: row for row in rows.order_by("pk")}


def _held(claims: Sequence[Claim]) -> list[Any]:
    """Lock the deliveries whose claims still hold; each knows the database's time."""
    attempts = {claim.delivery_id: claim.attempt for claim in claims}
    rows = (
        Delivery.objects.select_for_update(no_key=True)
        .filter(pk__in=attempts, state=DeliveryState.PENDING)
        .annotate(database_now=Now())
        .order_by("pk")
    )
    return [row for row in rows if row.attempt == attempts[row.pk]]


def _end(row: Any, state: DeliveryState) -> None:
    row.state, row.lease_until, row.finished_at = state, None, row.database_now


def _plan(row: Any, result: Result, *, stopped: bool) -> None:
    """Have a delivery tried again after a failure, or end it."""
    now: datetime = row.database_now
    row.first_failed_at = row.first_failed_at or now
    again = next_attempt(
        tries=row.tries,
        first_failed_at=row.first_failed_at,
        now=now,
        retry_after=result.retry_after,
    )
    if result.permanent or stopped or again is None:
        _end(row, DeliveryState.FAILED)
    else:
        row.lease_until, row.next_attempt_at = None, again


def _save(rows: list[Any]) -> None:
    """Write rows that :func:`_held` locked: those that arrived at once, the others by value."""
    arrived = [row for row in rows if row.state == DeliveryState.DELIVERED]
    if arrived:
        Delivery.objects.filter(pk__in=[row.pk for row in arrived]).update(
            state=DeliveryState.DELIVERED, lease_until=None, finished_at=arrived[0].database_now
        )
    others = [row for row in rows if row.state != DeliveryState.DELIVERED]
    if others:
        Delivery.objects.bulk_update(
            others, ["state", "first_failed_at", "next_attempt_at", "lease_until", "finished_at"]
        )


def _written(one: Attempt) -> DeliveryAttempt:
    return DeliveryAttempt(
        delivery_id=one.claim.delivery_id,
        number=one.claim.attempt,
        began_at=one.began_at,
        seconds=one.seconds,
        status=one.result.status,
        response=one.result.response,
        error_code=one.result.code,
        error_message=one.result.message,
    )


def _note_health(endpoint: WebhookEndpoint, result: Result, now: datetime) -> None:
    if not endpoint.enabled:
        return
    before = endpoint.failing_since, endpoint.last_failed_at
    reason = health.note(endpoint, result, now)
    if reason is not None:
        _disable(endpoint, reason, now)
    elif (endpoint.failing_since, endpoint.last_failed_at) != before:
        endpoint.save(update_fields=["failing_since", "last_failed_at"])


def _disable(endpoint: WebhookEndpoint, reason: DisabledReason, now: datetime) -> None:
    endpoint.enabled = False
    endpoint.disabled_reason = reason
    endpoint.updated_at = now
    endpoint.save(
        update_fields=[
            "enabled", "disabled_reason", "failing_since", "last_failed_at", "updated_at"
        ]
    )  # fmt: skip
    drop_waiting(endpoint)
    mail_on_commit(endpoint)
    log.warning("webhook_disabled", endpoint_id=endpoint.pk, reason=reason)
