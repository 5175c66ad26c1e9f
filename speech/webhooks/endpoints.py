"""What customers do with their endpoints. The URL was checked before, by the dialect."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Workspace
from inference.jobs.idempotency import Once, remember
from speech.models import (
    TEST_EVENT,
    Delivery,
    DeliveryState,
    WebhookEndpoint,
    WebhookEvent,
)
from speech.webhooks.dispatch import wake
from speech.webhooks.emit import send_to_endpoint
from speech.webhooks.errors import (
    BeingDeliveredError,
    EndpointDisabledError,
    TooManyEndpointsError,
)
from speech.webhooks.recording import drop_waiting
from speech.webhooks.signing import new_secret, seal

MAX_ENDPOINTS = 10

SUBMITTED_AS = "webhook"
"""What a remembered submission of an endpoint is called."""


def create_endpoint(
    *,
    workspace: Workspace,
    url: str,
    events: list[str],
    description: str = "",
    once: Once | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint; returns it and its secret, which is shown this once.

    Raises:
        TooManyEndpointsError: the workspace has 10.
        SubmittedBeforeError: the same request was accepted in the meantime.
    """
    secret = new_secret()
    endpoint = WebhookEndpoint(
        workspace=workspace,
        url=url,
        events=events,
        description=description,
        secret=seal(secret),
    )
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        remember(workspace, once, SUBMITTED_AS, endpoint.pk)
        if WebhookEndpoint.objects.of(workspace).count() >= MAX_ENDPOINTS:
            raise TooManyEndpointsError
        endpoint.save(force_insert=True)
    return endpoint, secret


def change_endpoint(*, endpoint: WebhookEndpoint, **changes: Any) -> WebhookEndpoint:
    """Change an endpoint's url, description, events, enabled.

    Enabling one forgets why it was disabled; disabling one drops what waits for it.
    """
    if "enabled" in changes:
        changes["disabled_reason"] = "" if changes["enabled"] else endpoint.disabled_reason
        if changes["enabled"]:
            changes["failing_since"] = changes["last_failed_at"] = None
    with transaction.atomic():
        kept = WebhookEndpoint.objects.filter(pk=endpoint.pk, deleted_at=None)
        kept.update(**changes, updated_at=timezone.now())
        if changes.get("enabled") is False:
            drop_waiting(endpoint)
    endpoint.refresh_from_db()
    return endpoint


def delete_endpoint(*, endpoint: WebhookEndpoint) -> None:
    """Hide an endpoint, forget its secrets and send it nothing more."""
    now = timezone.now()
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk, deleted_at=None).update(
            deleted_at=now,
            updated_at=now,
            enabled=False,
            secret="",
            previous_secret="",
            previous_secret_until=None,
        )
        drop_waiting(endpoint)


def send_test(*, endpoint: WebhookEndpoint) -> Delivery:
    """Send an endpoint an event of type ``webhook.test``, whatever it listens to.

    Raises:
        EndpointDisabledError: nothing is sent to a disabled endpoint.
    """
    if not endpoint.enabled:
        raise EndpointDisabledError
    with transaction.atomic():
        event = WebhookEvent.objects.create(
            workspace_id=endpoint.workspace_id,
            type=TEST_EVENT,
            data={"webhookId": endpoint.pk, "message": "The webhook works."},
        )
        return send_to_endpoint(event, endpoint)


def redeliver(*, endpoint: WebhookEndpoint, delivery: Delivery) -> Delivery:
    """Send a delivery again now, with the same id; a new round of retries begins.

    Raises:
        EndpointDisabledError: nothing is sent to a disabled endpoint.
        BeingDeliveredError: it is being sent at this moment.
    """
    if not endpoint.enabled:
        raise EndpointDisabledError
    with transaction.atomic():
        free = Q(lease_until=None) | Q(lease_until__lte=Now())
        if not Delivery.objects.filter(free, pk=delivery.pk).update(
            state=DeliveryState.PENDING,
            tries=0,
            first_failed_at=None,
            next_attempt_at=Now(),
            lease_until=None,
            finished_at=None,
        ):
            raise BeingDeliveredError
        transaction.on_commit(wake, robust=True)
    delivery.refresh_from_db()
    return delivery
