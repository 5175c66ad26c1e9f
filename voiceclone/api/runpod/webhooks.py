"""The body that a job's own webhook is sent: what ``/status`` answers."""

import base64
from typing import Any

from django.core.files.storage import default_storage

from speech.models import Call, WebhookEvent
from voiceclone.api.runpod.outputs import AUDIO_FIELDS, audio_name
from voiceclone.api.runpod.responses import in_full

FORGOTTEN = "The result is no longer kept."


def runpod_form(event: WebhookEvent) -> dict[str, Any]:
    """Return the end of a call as it is sent; long after, only that there was one."""
    call = Call.objects.filter(pk=event.data["callId"]).select_related("speech", "voice").first()
    if call is None:
        return {"id": event.data["callId"], "status": "FAILED", "error": FORGOTTEN}
    body = in_full(call)
    name = audio_name(call) if body["status"] == "COMPLETED" else ""
    if name:
        body["output"][AUDIO_FIELDS[call.operation]] = _base64(name)
    elif call.job is not None and body["status"] == "COMPLETED":
        body["output"] = {"error": FORGOTTEN}
    return body


def _base64(name: str) -> str | None:
    try:
        with default_storage.open(name) as file:
            return base64.b64encode(file.read()).decode()
    except FileNotFoundError:
        return None
