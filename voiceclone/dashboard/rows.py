"""What the pages show of voices, speeches and webhooks."""

from dataclasses import dataclass

from inference.jobs.model import LIVE, JobState
from speech.models import Delivery, DeliveryAttempt, DeliveryState, Speech, WebhookEndpoint
from speech.webhooks.queries import deliveries_of
from voiceclone.api.audio import speech_audio_url
from voiceclone.api.native.responses import status_of
from voiceclone.files import SharedFile, signed_url
from voices.models import Voice

_LABELS = {
    JobState.QUEUED: "Queued",
    JobState.RUNNING: "In progress",
    JobState.COMPLETED: "Completed",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
    JobState.TIMED_OUT: "Timed out",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A job with the address of its audio."""

    job: Voice | Speech
    audio_url: str | None

    @property
    def label(self) -> str:
        """Its state in words."""
        return _LABELS[JobState(self.job.state)]

    @property
    def status(self) -> str:
        """Its state as the API names it, in small letters."""
        return status_of(self.job.state).lower()

    @property
    def is_live(self) -> bool:
        """Whether something is still to happen."""
        return self.job.state in LIVE


def speech_row(speech: Speech) -> Row:
    """Return a speech as the pages show it."""
    return Row(speech, speech_audio_url(speech))


def voice_row(voice: Voice) -> Row:
    """Return a voice, with its reference or sample to listen to."""
    if not voice.reference_name:
        return Row(voice, None)
    return Row(voice, signed_url(SharedFile(voice.reference_name, voice.reference_type, {})))


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery with its attempts."""

    delivery: Delivery

    @property
    def status(self) -> str:
        """Its state, in the words that the pages' colours go by."""
        return _DELIVERY_STATUS[DeliveryState(self.delivery.state)]

    @property
    def attempts(self) -> list[DeliveryAttempt]:
        """Its attempts, the first one first."""
        return sorted(self.delivery.attempts.all(), key=lambda attempt: attempt.number)

    @property
    def can_be_sent_again(self) -> bool:
        """Whether we have given it up."""
        return self.delivery.state == DeliveryState.FAILED


_DELIVERY_STATUS = {
    DeliveryState.PENDING: "processing",
    DeliveryState.DELIVERED: "completed",
    DeliveryState.FAILED: "failed",
}


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook with its latest deliveries."""

    endpoint: WebhookEndpoint
    latest: list[DeliveryRow]

    @property
    def label(self) -> str:
        """Its state in words."""
        if not self.endpoint.enabled:
            return "Disabled"
        return "Failing" if self.endpoint.failing_since else "Enabled"

    @property
    def status(self) -> str:
        """Its state, in the words that the pages' colours go by."""
        return {"Disabled": "failed", "Failing": "processing", "Enabled": "completed"}[self.label]


def webhook_row(endpoint: WebhookEndpoint, *, latest: int = 0) -> WebhookRow:
    """Return a webhook with as many of its latest deliveries."""
    return WebhookRow(endpoint, [DeliveryRow(one) for one in deliveries_of(endpoint)[:latest]])
