"""What is taken about webhooks."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from inference.fetch.errors import FetchError
from inference.fetch.target import MAX_URL_CHARS, read_target
from speech.models import DeliveryState, EventType
from speech.models.webhook_endpoint import all_events
from voiceclone.api.fields import Choice, NullIsAbsent, QueryWhole, Text
from voiceclone.api.native.inputs import worded


class EventTypesField(serializers.ListField):
    """A list of types of events, each once, in our order."""

    child = Choice(tuple(EventType.values))

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the types."""
        chosen = super().to_internal_value(data)
        return [event for event in EventType.values if event in chosen]


class _WebhookFields(NullIsAbsent):
    def validate_url(self, url: str) -> str:
        """Refuse what the guarded client would refuse, as far as that shows without a look-up."""
        try:
            read_target(url, allowed=settings.ALLOWED_FETCH_HOSTS)
        except FetchError as error:
            raise worded(f"url: {error.message}") from error
        return url


def _url(**options: Any) -> Text:
    return Text(
        max_length=MAX_URL_CHARS,
        trim_whitespace=False,
        help_text="An http or https URL of a public host; redirects are not followed.",
        **options,
    )


class WebhookInput(_WebhookFields):
    """The body of POST /webhooks."""

    url = _url()
    events = EventTypesField(default=all_events, allow_empty=False, max_length=20)
    description = Text(max_length=200, default="", allow_blank=True)


class WebhookPatch(_WebhookFields):
    """The body of PATCH /webhooks/{id}."""

    url = _url(required=False)
    events = EventTypesField(required=False, allow_empty=False, max_length=20)
    description = Text(max_length=200, required=False, allow_blank=True)
    enabled = serializers.BooleanField(required=False)


class DeliveriesInput(serializers.Serializer[Any]):
    """The query of GET /webhooks/{id}/deliveries."""

    page = QueryWhole(min_value=1, max_value=1_000_000, default=1)
    limit = QueryWhole(min_value=1, max_value=100, default=20)
    state = Choice(tuple(DeliveryState.values), required=False)
