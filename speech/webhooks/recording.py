"""Writing down what came of an attempt. Lock order: endpoint, then delivery."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from speech.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    DisabledReason,
    WebhookEndpoint,
)
from speech.webhooks.notices import mail_on_commit
from speech.webhooks.schedule import GIVE_UP_AFTER, next_attempt
from speech.webhooks.turns import Held

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt. ``code`` and ``message`` say why there was no answer."""

    status: int | None = None
    response: str = ""
    code: str = ""
    message: str = ""
    delivered: bool = False
    permanent: bool = False
    gone: bool = False
    retry_after: float = 0.0


def record(held: Held, result: Result, *, began_at: datetime, seconds: float) -> bool:
    """Write an attempt down and settle or plan its delivery; False if the lease was lost."""
    with transaction.atomic():
        delivery = Delivery.objects.get(pk=held.delivery_id)
        endpoint = _locked(delivery.endpoint_id)
        now = timezone.now()
        if not _held(held).update(**_changes(delivery, endpoint, result, now)):
            log.info("webhook_lease_lost", attempt=held.attempt)
            return False
        DeliveryAttempt.objects.create(
            delivery=delivery,
            number=held.attempt,
            began_at=began_at,
            seconds=seconds,
            status=result.status,
            response=result.response,
            error_code=result.code,
            error_message=result.message,
        )
        if endpoint is not None and endpoint.enabled:
            _note_health(endpoint, result, now)
    log.info("webhook_attempted", attempt=held.attempt, status=result.status, code=result.code)
    return True


def refuse(held: Held) -> None:
    """Settle a claimed delivery to an endpoint that was disabled in the meantime."""
    _held(held).update(state=DeliveryState.FAILED, lease_until=None, finished_at=timezone.now())


def drop_waiting(endpoint: WebhookEndpoint) -> None:
    """Settle what still waits for an endpoint that was just disabled."""
    Delivery.objects.filter(
        endpoint=endpoint, state=DeliveryState.PENDING, lease_until=None
    ).update(state=DeliveryState.FAILED, finished_at=timezone.now())


def _locked(endpoint_id: str | None) -> WebhookEndpoint | None:
    if endpoint_id is None:
        return None
    return WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)


def _held(held: Held) -> Any:
    return Delivery.objects.filter(
        pk=held.delivery_id, state=DeliveryState.PENDING, attempt=held.attempt
    )


def _changes(
    delivery: Delivery, endpoint: WebhookEndpoint | None, result: Result, now: datetime
) -> dict[str, Any]:
    changes: dict[str, Any] = {"lease_until": None}
    if result.delivered:
        return {**changes, "state": DeliveryState.DELIVERED, "finished_at": now}
    first_failed_at = delivery.first_failed_at or now
    again = next_attempt(
        tries=delivery.tries,
        first_failed_at=first_failed_at,
        now=now,
        retry_after=result.retry_after,
    )
    stopped = endpoint is not None and not endpoint.enabled
    changes["first_failed_at"] = first_failed_at
    if result.permanent or stopped or again is None:
        return {**changes, "state": DeliveryState.FAILED, "finished_at": now}
    return {**changes, "next_attempt_at": again}


def _note_health(endpoint: WebhookEndpoint, result: Result, now: datetime) -> None:
    if result.delivered:
        if endpoint.failing_since is not None:
            endpoint.failing_since = None
            endpoint.save(update_fields=["failing_since"])
        return
    endpoint.failing_since = endpoint.failing_since or now
    if result.gone:
        _disable(endpoint, DisabledReason.GONE, now)
    elif now - endpoint.failing_since >= GIVE_UP_AFTER:
        _disable(endpoint, DisabledReason.FAILING, now)
    else:
        endpoint.save(update_fields=["failing_since"])


def _disable(endpoint: WebhookEndpoint, reason: DisabledReason, now: datetime) -> None:
    endpoint.enabled = False
    endpoint.disabled_reason = reason
    endpoint.updated_at = now
    endpoint.save(update_fields=["enabled", "disabled_reason", "failing_since", "updated_at"])
    drop_waiting(endpoint)
    mail_on_commit(endpoint)
    log.warning("webhook_disabled", endpoint_id=endpoint.pk, reason=reason)
