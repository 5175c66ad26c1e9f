from speech.models.speech import Speech, SpeechFormat
from speech.models.webhook_delivery import Delivery, DeliveryAttempt, DeliveryState, WebhookEvent
from speech.models.webhook_endpoint import (
    TEST_EVENT,
    DisabledReason,
    EventType,
    SigningSecrets,
    WebhookEndpoint,
    WorkspaceSecret,
)

__all__ = [
    "TEST_EVENT",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "DisabledReason",
    "EventType",
    "SigningSecrets",
    "Speech",
    "SpeechFormat",
    "WebhookEndpoint",
    "WebhookEvent",
    "WorkspaceSecret",
]
