"""The body that a job's own webhook is sent: what ``/status`` answers."""

import base64
from typing import Any

from django.core.files.storage import default_storage

from inference.jobs.model import JobState
from speech.models import Call, WebhookEvent
from voiceclone.api.runpod.outputs import AUDIO_FIELDS, audio_name
from voiceclone.api.runpod.responses import STATUSES, in_full

_FORGOTTEN = {"error": "The result is no longer kept."}


def runpod_form(event: WebhookEvent) -> dict[str, Any]:
    """Return the end of a call as it is sent; after its result has gone, only that it ended."""
    call_id = event.data["callId"]
    call = Call.objects.filter(pk=call_id).select_related("speech", "voice").first()
    if call is None:
        state = JobState(event.data["state"])
        rest = {"output": _FORGOTTEN} if state == JobState.COMPLETED else _FORGOTTEN
        return {"id": call_id, "status": STATUSES[state], **rest}
    body = in_full(call)
    if body["status"] == "COMPLETED" and call.job is not None:
        audio = _base64(audio_name(call))
        if audio is None:
            body["output"] = _FORGOTTEN
        else:
            body["output"][AUDIO_FIELDS[call.operation]] = audio
    return body


def _base64(name: str) -> str | None:
    try:
        with default_storage.open(name) as file:
            return base64.b64encode(file.read()).decode()
    except (FileNotFoundError, IsADirectoryError):  # a name that was cleared is the folder's
        return None
