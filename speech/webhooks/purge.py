"""Deleting what was delivered long ago.

Each function is a housekeeping task: it does one batch and returns whether there may be more.
"""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from inference.housekeeping import OldestFirst
from speech.models import Delivery, DeliveryState, WebhookEndpoint, WebhookEvent

LOG_KEPT = timedelta(days=30)
_events, _endpoints = OldestFirst(), OldestFirst()


def purge_old_events() -> bool:
    """Delete events after 30 days, with their deliveries, unless one is still to be made."""
    pending = Delivery.objects.filter(event=OuterRef("pk"), state=DeliveryState.PENDING)
    old = WebhookEvent.objects.filter(created_at__lt=timezone.now() - LOG_KEPT)
    return _events.delete(old.filter(~Exists(pending)))


def purge_deleted_endpoints() -> bool:
    """Delete the rows of endpoints 30 days after their deletion, once their log has gone."""
    logged = Delivery.objects.filter(endpoint=OuterRef("pk"))
    old = WebhookEndpoint.objects.filter(deleted_at__lt=timezone.now() - LOG_KEPT)
    return _endpoints.delete(old.filter(~Exists(logged)))
