"""Writing down that something happened, for those who want to know. Needs a transaction."""

from typing import Any

from django.db import transaction

from accounts.models import Workspace
from accounts.transactions import require_transaction
from inference.audio.encode import content_type
from inference.jobs.model import JobState
from speech.models import Delivery, EventType, Speech, WebhookEndpoint, WebhookEvent, destination_of
from speech.webhooks.dispatch import wake
from speech.webhooks.forms import NATIVE
from speech.webhooks.rotation import ensure_workspace_secret
from voices.models import Voice


def emit(
    *,
    workspace: Workspace,
    event_type: str,
    data: dict[str, Any],
    job_id: str = "",
    audio: dict[str, Any] | None = None,
) -> WebhookEvent | None:
    """Write an event and a delivery for each endpoint that wants it; None where none does."""
    require_transaction()
    listening = [
        endpoint
        for endpoint in WebhookEndpoint.objects.of(workspace).filter(enabled=True)
        if event_type in endpoint.events
    ]
    if not listening:
        return None
    event = WebhookEvent.objects.create(
        workspace=workspace, type=event_type, job_id=job_id, data=data, audio=audio
    )
    for endpoint in listening:
        send_to_endpoint(event, endpoint)
    return event


def send_to_endpoint(event: WebhookEvent, endpoint: WebhookEndpoint) -> Delivery:
    """Have one endpoint told of an event, now."""
    delivery = Delivery.objects.create(
        workspace_id=event.workspace_id,
        event=event,
        endpoint=endpoint,
        destination=endpoint.pk,
        form=NATIVE,
    )
    transaction.on_commit(wake, robust=True)
    return delivery


def deliver_once(
    *,
    workspace: Workspace,
    url: str,
    event_type: str,
    data: dict[str, Any],
    job_id: str = "",
    audio: dict[str, Any] | None = None,
    form: str = NATIVE,
) -> Delivery:
    """Have a URL that was given for one request told of an event, now.

    ``form`` names a registered form, which makes the body from the event. It is signed with
    the workspace's secret. A URL that the guarded client refuses fails for good at its first
    attempt; check it with ``read_target`` when it is given.
    """
    require_transaction()
    ensure_workspace_secret(workspace)
    event = WebhookEvent.objects.create(
        workspace=workspace, type=event_type, job_id=job_id, data=data, audio=audio
    )
    delivery = Delivery.objects.create(
        workspace=workspace, event=event, url=url, destination=destination_of(url), form=form
    )
    transaction.on_commit(wake, robust=True)
    return delivery


def emit_settled(job: Voice | Speech) -> None:
    """Write the event of a job that has just come to its end."""
    if job.workspace is None:  # a system voice
        return
    completed = job.state == JobState.COMPLETED
    if isinstance(job, Voice):
        event_type = EventType.VOICE_COMPLETED if completed else EventType.VOICE_FAILED
        data, audio = _about_voice(job), _recording(job)
    else:
        event_type = EventType.SPEECH_COMPLETED if completed else EventType.SPEECH_FAILED
        data, audio = _about_speech(job), _spoken(job)
    if not completed:
        data["error"] = {"code": job.error_code, "message": job.error_message}
    emit(
        workspace=job.workspace,
        event_type=event_type,
        job_id=job.pk,
        data=data,
        audio=audio if completed else None,
    )


def _status(job: Voice | Speech) -> str:
    return "COMPLETED" if job.state == JobState.COMPLETED else "FAILED"


def _about_voice(voice: Voice) -> dict[str, Any]:
    return {
        "id": voice.pk,
        "title": voice.title,
        "status": _status(voice),
        "creditsUsed": voice.credits_used,
        "duration": voice.duration,
        "engine": voice.engine or None,
        "model": voice.model or None,
        "audioUrl": None,
    }


def _recording(voice: Voice) -> dict[str, Any]:
    return {"name": voice.reference_name, "type": voice.reference_type, "headers": {}}


def _about_speech(speech: Speech) -> dict[str, Any]:
    return {
        "id": speech.pk,
        "voiceId": speech.voice_id,
        "status": _status(speech),
        "creditsUsed": speech.credits_used,
        "format": speech.format,
        "duration": speech.duration,
        "engine": speech.engine,
        "model": speech.model or None,
        "seed": speech.seed,
        "audioUrl": None,
    }


def _spoken(speech: Speech) -> dict[str, Any]:
    return {
        "name": speech.audio_name,
        "type": content_type(speech.format, speech.sample_rate),
        "headers": speech.made_by,
    }
