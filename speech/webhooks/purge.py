"""Forgetting what was delivered long ago."""

from datetime import timedelta

from django.utils import timezone

from speech.models import Delivery, DeliveryState, WebhookEndpoint, WebhookEvent

LOG_KEPT = timedelta(days=30)
_BATCH = 500


def purge_old_events() -> None:
    """Remove events, with their deliveries, and deleted endpoints after 30 days."""
    before = timezone.now() - LOG_KEPT
    pending = Delivery.objects.filter(state=DeliveryState.PENDING).values("event")
    old = WebhookEvent.objects.filter(created_at__lt=before).exclude(pk__in=pending)
    WebhookEvent.objects.filter(
        pk__in=list(old.order_by("created_at").values_list("pk", flat=True)[:_BATCH])
    ).delete()
    WebhookEndpoint.objects.filter(deleted_at__lt=before, deliveries=None).delete()
