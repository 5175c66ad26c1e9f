"""Reads about webhooks; each starts from the workspace that asks."""

from django.db.models import QuerySet

from accounts.models import Workspace
from speech.models import Delivery, WebhookEndpoint


def endpoints_of(workspace: Workspace) -> QuerySet[WebhookEndpoint]:
    """Return the workspace's endpoints, oldest first."""
    return WebhookEndpoint.objects.of(workspace)


def endpoint_of(workspace: Workspace, endpoint_id: str) -> WebhookEndpoint | None:
    """Return one of the workspace's endpoints, or None."""
    return WebhookEndpoint.objects.of(workspace).filter(pk=endpoint_id).first()


def deliveries_of(endpoint: WebhookEndpoint) -> QuerySet[Delivery]:
    """Return an endpoint's deliveries with their attempts, newest first."""
    return (
        Delivery.objects.filter(endpoint=endpoint)
        .select_related("event")
        .prefetch_related("attempts")
        .order_by("-created_at", "-pk")
    )


def delivery_of(endpoint: WebhookEndpoint, delivery_id: str) -> Delivery | None:
    """Return one of an endpoint's deliveries, or None."""
    return deliveries_of(endpoint).filter(pk=delivery_id).first()
