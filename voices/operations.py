"""Writes about voices. No file is read or written inside a transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Workspace
from billing import prices
from billing.errors import InsufficientCreditsError
from billing.operations import charge
from billing.queries import balance_of
from inference.audio.decode import AudioInfo
from inference.jobs.idempotency import Once, remember
from inference.jobs.lifecycle import hide
from inference.jobs.model import NO_LIMITS, JobLimits, JobState
from inference.jobs.wake import wake_on_commit
from voices.keeping import CONTENT_TYPES, kept_or_removed
from voices.models import Voice, VoiceType, VoiceUse
from voices.models.voice import new_short_id
from voices.titles import automatic_title

SUBMITTED_AS = "voice"
"""What a remembered submission of this app is called."""

_SHORT_ID_DRAWS = 20

_FAILED = (JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT)


@dataclass(frozen=True, slots=True)
class NewVoice:
    """What a customer says of a voice.

    ``name`` is unique in the workspace where it is given; ``language`` is what the voice speaks
    where a request names none; ``sample_text`` is spoken with the
    voice as soon as it is cloned. A voice that is not ``kept`` is there for its sample alone,
    and costs what the sample costs.
    """

    title: str = ""
    description: str = ""
    cover_image: str = ""
    tags: list[str] = field(default_factory=list)
    name: str | None = None
    language: str = ""
    sample_text: str = ""
    kept: bool = True

    @property
    def price(self) -> int:
        """What it costs, in credits."""
        return prices.VOICE_CLONE if self.kept else prices.speech(self.sample_text)


class NameTakenError(Exception):
    """Another voice of the workspace, or of everybody's, has this name."""


def submit_clone(
    *,
    workspace: Workspace,
    recording: BinaryIO,
    info: AudioInfo,
    about: NewVoice,
    request_id: str = "",
    actor: str,
    once: Once | None = None,
    also: Callable[[Voice], None] = lambda _voice: None,
    limits: JobLimits = NO_LIMITS,
) -> Voice:
    """Charge for a clone and queue it; ``recording`` was probed before (``info``).

    ``also`` is done in the same transaction.

    Raises:
        InsufficientCreditsError: nothing was charged and nothing is kept.
        NameTakenError, WorkspaceClosedError: likewise.
        SubmittedBeforeError: the same request was accepted in the meantime.
    """
    _require_free(workspace, about.name)
    held = balance_of(workspace).total
    if held < about.price:
        raise InsufficientCreditsError(credits=held, needed=about.price)
    voice = Voice(
        workspace=workspace,
        type=VoiceType.USER if about.kept else VoiceType.ONCE,
        title=about.title,
        description=about.description,
        cover_image=about.cover_image,
        tags=about.tags,
        language=about.language or None,
        name=about.name if about.kept else None,
        sample_text=about.sample_text,
        reference_type=CONTENT_TYPES[info.container],
        reference_rate=info.rate,
        duration=info.duration,
        cost=about.price,
        request_id=request_id,
        **limits.fields(),
    )
    recording.seek(0)
    name = f"voices/{workspace.pk}/{voice.pk}/reference.{info.container}"
    voice.reference_name = default_storage.save(name, File(recording))
    with kept_or_removed(voice.reference_name), transaction.atomic():
        remember(workspace, once, SUBMITTED_AS, voice.pk)
        _free_of_failures(workspace, about.name)
        _insert(voice)
        charge(workspace=workspace, amount=voice.cost, job_id=voice.pk, actor=actor)
        also(voice)
        wake_on_commit()
    return voice


def _require_free(workspace: Workspace, name: str | None) -> None:
    if name is None:
        return
    own = Q(workspace=workspace, name=name) & ~Q(state__in=_FAILED)
    taken = own | Q(type=VoiceType.SYSTEM, title__iexact=name)
    if Voice.objects.present().filter(taken).exists():
        raise NameTakenError


def _free_of_failures(workspace: Workspace, name: str | None) -> None:
    """Take a name from clones that came to nothing."""
    if name is not None:
        Voice.objects.filter(workspace=workspace, name=name, state__in=_FAILED).update(name=None)


def _insert(voice: Voice) -> None:
    """Save a new voice under a short id of its own.

    Two requests at the same moment may draw the same id or ask for the same name; the database
    lets one of them pass. One without a title is called by that id.
    """
    is_named = bool(voice.title)
    for _ in range(_SHORT_ID_DRAWS):
        voice.short_id = _free_short_id(voice.workspace)
        if not is_named:
            voice.title = automatic_title(voice.short_id)
        try:
            with transaction.atomic():
                voice.save(force_insert=True)
        except IntegrityError as error:
            if _has(voice, short_id=voice.short_id):
                continue
            if voice.name is None or not _has(voice, name=voice.name):
                raise
            raise NameTakenError from error
        return
    raise RuntimeError("no short id is free")


def _free_short_id(workspace: Workspace | None) -> str:
    """Draw a short id that no other voice the workspace can name has."""
    for _ in range(_SHORT_ID_DRAWS):
        drawn = new_short_id()
        named = Q(workspace=workspace) | Q(type=VoiceType.SYSTEM)
        if not Voice.objects.filter(named, short_id=drawn).exists():
            return drawn
    raise RuntimeError("no short id is free")


def _has(voice: Voice, **fields: Any) -> bool:
    return (
        None not in fields.values()
        and Voice.objects.filter(workspace=voice.workspace, **fields).exists()
    )


def change_voice(*, voice: Voice, **changes: Any) -> Voice:
    """Change what is said of a voice: title, description, cover image, tags, language."""
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
