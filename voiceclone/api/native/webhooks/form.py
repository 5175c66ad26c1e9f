from typing import Any

from speech.models import WebhookEvent
from voiceclone.api.times import iso
from voiceclone.files import SharedFile, signed_url

AUDIO_URL_SECONDS = 4 * 24 * 3600
"""An address of audio in an event works for so long: longer than we try to deliver it."""


def native_form(event: WebhookEvent) -> dict[str, Any]:
    """Return an event as it is sent: the shape of Standard Webhooks, our fields in ``data``."""
    data = dict(event.data)
    if event.audio is not None:
        file = SharedFile(event.audio["name"], event.audio["type"], event.audio["headers"])
        data["audioUrl"] = signed_url(file, seconds=AUDIO_URL_SECONDS)
    return {"type": event.type, "timestamp": iso(event.created_at), "data": data}
