from speech.models.call import Call
from speech.models.intervention import InterventionKind, JobIntervention
from speech.models.speech import Normalization, Speech, SpeechFormat, SpeechKind
from speech.models.unmarked_use import UnmarkedUse
from speech.models.webhook_delivery import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    WebhookEvent,
    destination_of,
)
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
    "Call",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "DisabledReason",
    "EventType",
    "InterventionKind",
    "JobIntervention",
    "Normalization",
    "SigningSecrets",
    "Speech",
    "SpeechFormat",
    "SpeechKind",
    "UnmarkedUse",
    "WebhookEndpoint",
    "WebhookEvent",
    "WorkspaceSecret",
    "destination_of",
]
