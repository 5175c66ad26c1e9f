"""Webhooks and their deliveries as the native dialect shows them."""

from datetime import datetime
from typing import Any

from speech.models import Delivery, DeliveryAttempt, DeliveryState, WebhookEndpoint
from voiceclone.api.times import iso, iso_or_none


def webhook(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Return an endpoint, without its secret."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "description": endpoint.description or None,
        "events": endpoint.events,
        "enabled": endpoint.enabled,
        "disabledReason": endpoint.disabled_reason or None,
        "failingSince": iso_or_none(endpoint.failing_since),
        "createdAt": iso(endpoint.created_at),
        "updatedAt": iso(endpoint.updated_at),
    }


def rotated(secret: str, until: datetime) -> dict[str, Any]:
    """Return a fresh secret, shown this once."""
    return {"success": True, "secret": secret, "previousSecretValidUntil": iso(until)}


def delivery(row: Delivery) -> dict[str, Any]:
    """Return a delivery with its attempts, the first one first."""
    pending = row.state == DeliveryState.PENDING
    attempts = sorted(row.attempts.all(), key=lambda attempt: attempt.number)
    return {
        "id": row.pk,
        "eventId": row.event_id,
        "type": row.event.type,
        "jobId": row.event.job_id or None,
        "state": row.state,
        "nextAttemptAt": iso(row.next_attempt_at) if pending else None,
        "createdAt": iso(row.created_at),
        "finishedAt": iso_or_none(row.finished_at),
        "attempts": [_attempt(attempt) for attempt in attempts],
    }


def _attempt(row: DeliveryAttempt) -> dict[str, Any]:
    error = {"code": row.error_code, "message": row.error_message} if row.error_code else None
    return {
        "number": row.number,
        "at": iso(row.began_at),
        "durationMs": round(row.seconds * 1000),
        "status": row.status,
        "response": row.response or None,
        "error": error,
    }
