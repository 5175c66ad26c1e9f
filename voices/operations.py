"""Writes about voices. No file is read or written inside a transaction."""

from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Workspace
from billing import prices
from billing.errors import InsufficientCreditsError
from billing.operations import charge
from billing.queries import balance_of
from inference.audio.decode import AudioInfo
from inference.jobs.idempotency import Once, remember
from inference.jobs.lifecycle import hide
from inference.jobs.runner import remove_files
from inference.jobs.wake import wake_on_commit
from voices.models import Voice, VoiceUse

SUBMITTED_AS = "voice"
"""What a remembered submission of this app is called."""

CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "webm": "audio/webm",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
}


@dataclass(frozen=True, slots=True)
class NewVoice:
    """What a customer says of a voice."""

    title: str = ""
    description: str = ""
    cover_image: str = ""
    tags: list[str] = field(default_factory=list)


def submit_clone(
    *,
    workspace: Workspace,
    recording: BinaryIO,
    info: AudioInfo,
    about: NewVoice,
    request_id: str = "",
    actor: str,
    once: Once | None = None,
) -> Voice:
    """Charge for a clone and queue it; ``recording`` was probed before (``info``).

    Raises:
        InsufficientCreditsError: nothing was charged and nothing is kept.
        SubmittedBeforeError: the same request was accepted in the meantime.
    """
    held = balance_of(workspace).total
    if held < prices.VOICE_CLONE:
        raise InsufficientCreditsError(credits=held, needed=prices.VOICE_CLONE)
    voice = Voice(
        workspace=workspace,
        title=about.title or f"Voice {timezone.now():%Y-%m-%d %H:%M}",
        description=about.description,
        cover_image=about.cover_image,
        tags=about.tags,
        reference_type=CONTENT_TYPES[info.container],
        duration=info.duration,
        cost=prices.VOICE_CLONE,
        request_id=request_id,
    )
    recording.seek(0)
    name = f"voices/{workspace.pk}/{voice.pk}/reference.{info.container}"
    voice.reference_name = default_storage.save(name, File(recording))
    try:
        with transaction.atomic():
            remember(workspace, once, SUBMITTED_AS, voice.pk)
            voice.save(force_insert=True)
            charge(workspace=workspace, amount=voice.cost, job_id=voice.pk, actor=actor)
            wake_on_commit()
    except (OperationalError, InterfaceError):
        raise  # whether it was committed is not known, and then the row may name the file
    except Exception:
        remove_files([voice.reference_name])
        raise
    return voice


def change_voice(*, voice: Voice, **changes: Any) -> Voice:
    """Change what is said of a voice: title, description, cover image, tags."""
    for name, value in changes.items():
        setattr(voice, name, value)
    voice.updated_at = timezone.now()
    voice.save(update_fields=[*changes, "updated_at"])
    return voice


def delete_voice(*, voice: Voice) -> None:
    """Hide a voice at once, stopping its clone; its files go when nothing uses them."""
    hide(voice)


def record_use(*, voice: Voice, workspace: Workspace) -> None:
    """Count one use of a voice, today, by a workspace."""
    row, _created = VoiceUse.objects.get_or_create(
        voice=voice, workspace=workspace, day=timezone.now().date()
    )
    VoiceUse.objects.filter(pk=row.pk).update(count=F("count") + 1)
