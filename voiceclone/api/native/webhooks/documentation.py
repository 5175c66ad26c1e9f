"""The part of the OpenAPI document that is about webhooks."""

from rest_framework import serializers as s

from speech.models import DeliveryState, DisabledReason, EventType
from voiceclone.api.documented import IDEMPOTENCY_KEY
from voiceclone.api.native.documentation import (
    _READ,
    _SENT,
    _WRITE,
    DONE,
    PAGINATION,
    _answer,
    _operation,
    _shape,
    _text,
    _text_or_null,
)
from voiceclone.api.native.webhooks import inputs

_TAG = "Webhooks"

WEBHOOK = _shape(
    "Webhook",
    id=_text(),
    url=_text(),
    description=_text_or_null(),
    events=s.ListField(child=s.ChoiceField(EventType.values)),
    enabled=s.BooleanField(),
    disabledReason=s.ChoiceField(DisabledReason.values, allow_null=True),
    failingSince=s.DateTimeField(allow_null=True),
    createdAt=s.DateTimeField(),
    updatedAt=s.DateTimeField(),
)
DELIVERY = _shape(
    "WebhookDelivery",
    id=_text(),
    eventId=s.CharField(help_text="The `webhook-id` header of every attempt."),
    type=_text(),
    jobId=_text_or_null(),
    state=s.ChoiceField(DeliveryState.values),
    nextAttemptAt=s.DateTimeField(allow_null=True),
    createdAt=s.DateTimeField(),
    finishedAt=s.DateTimeField(allow_null=True),
    attempts=s.ListField(
        child=_shape(
            "WebhookAttempt",
            number=s.IntegerField(),
            at=s.DateTimeField(),
            durationMs=s.IntegerField(),
            status=s.IntegerField(allow_null=True),
            response=s.CharField(allow_null=True, help_text="The beginning of the answer."),
            error=_shape("WebhookError", code=_text(), message=_text()),
        )
    ),
)
DELIVERY.fields["attempts"].child.fields["error"].allow_null = True
_SECRET = s.CharField(help_text="Shown this once.")
_ROTATED = _answer("WebhookSecret", secret=_SECRET, previousSecretValidUntil=s.DateTimeField())
_SHOWN = _answer("WebhookShown", webhook=WEBHOOK)
_SENT_DELIVERY = _answer("WebhookDeliveryShown", delivery=DELIVERY)

webhooks = _operation(
    "listWebhooks", _TAG, _answer("Webhooks", webhooks=s.ListField(child=WEBHOOK)), _READ
)
webhook_create = _operation(
    "createWebhook",
    _TAG,
    _answer("WebhookCreated", webhook=WEBHOOK, secret=_SECRET),
    (*_WRITE, 404, 409, 422),
    parameters=(IDEMPOTENCY_KEY,),
    request=inputs.WebhookInput,
)
webhook = _operation("getWebhook", _TAG, _SHOWN, (*_READ, 404))
webhook_change = _operation(
    "changeWebhook", _TAG, _SHOWN, (*_WRITE, 404), request=inputs.WebhookPatch
)
webhook_delete = _operation("deleteWebhook", _TAG, DONE, (*_READ, 404))
webhook_rotate = _operation("rotateWebhookSecret", _TAG, _ROTATED, (*_SENT, 404), request=None)
workspace_rotate = _operation("rotateWorkspaceWebhookSecret", _TAG, _ROTATED, _SENT, request=None)
webhook_test = _operation("testWebhook", _TAG, _SENT_DELIVERY, (*_SENT, 404, 409), request=None)
deliveries = _operation(
    "listWebhookDeliveries",
    _TAG,
    _answer("WebhookDeliveries", deliveries=s.ListField(child=DELIVERY), pagination=PAGINATION),
    (*_READ, 404),
    parameters=(inputs.DeliveriesInput,),
)
redeliver = _operation("redeliverWebhook", _TAG, _SENT_DELIVERY, (*_SENT, 404, 409), request=None)
