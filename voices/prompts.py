"""Finding a voice's prompt for an engine, or making it from the stored reference."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.transactions import require_transaction
from inference.audio.decode import LISTENED_SECONDS
from inference.audio.recording import read_recording
from inference.engines.base import Engine, Progress, VoicePrompt
from inference.engines.espeak.system_voices import system_prompt
from inference.jobs.errors import FileGoneError, JobError
from inference.jobs.runner import open_stored, remove_files
from voices.keeping import kept_or_removed, new_file_name
from voices.models import StoredPrompt, Voice, VoiceType
from voices.models.voice import REFERENCE_SECONDS
from voices.system import is_recorded, restore_sample

log = structlog.get_logger(__name__)


def make_prompt(voice: Voice, engine: Engine, progress: Progress) -> VoicePrompt:
    """Decode a voice's reference and have ``engine`` make its prompt.

    Raises:
        JobError: the reference cannot be read, or was removed.
        AudioError, EngineError: the reference is of no use.
    """
    if voice.type == VoiceType.SYSTEM:
        restore_sample(voice)
    if not voice.reference_name:
        raise JobError(
            "REFERENCE_GONE",
            "The voice's recording was removed and it must be cloned again for this engine.",
        )
    with open_stored(voice.reference_name, "The voice's recording could not be read.") as file:
        samples = read_recording(file, max_seconds=_taken_of(voice))
    progress()
    return engine.clone(samples, 24_000, progress=progress)


def _taken_of(voice: Voice) -> float:
    """Return how many seconds of a recording are looked at.

    Where nobody limits them, the engine takes the first 30 seconds of speech.
    """
    asked = voice.reference_seconds
    return LISTENED_SECONDS if asked == REFERENCE_SECONDS else asked


def prompt_file_name(voice: Voice, prompt: VoicePrompt) -> str:
    """Return where to store a prompt's payload: a name that no other writer is given."""
    return new_file_name(voice, "prompt", f"{prompt.engine}-prompt")


def note_prompt(voice: Voice, prompt: VoicePrompt, file_name: str) -> bool:
    """Note where a prompt lies.

    False where one of the same version was noted before: that stays, since it may be read at
    this moment, and ``file_name`` is the caller's to remove.
    """
    require_transaction()
    noted, _is_new = StoredPrompt.objects.get_or_create(
        voice=voice,
        engine=prompt.engine,
        model=prompt.model,
        version=prompt.version,
        defaults={"file_name": file_name},
    )
    return noted.file_name == file_name


@dataclass(frozen=True, slots=True)
class FoundPrompt:
    """A prompt, and whether it was there already."""

    prompt: VoicePrompt
    was_stored: bool


def prompt_for(voice: Voice, engine: Engine, progress: Progress) -> FoundPrompt:
    """Return the voice's prompt for ``engine``; makes it on first use, and keeps it.

    One whose file is gone is made anew, since the reference has all of it. That of a recording
    for one request is not kept: there is no second use.
    """
    if engine.name == "espeak" and _has_built_in_prompt(voice):
        return FoundPrompt(system_prompt(voice.title), was_stored=True)
    known = StoredPrompt.objects.filter(
        voice=voice, engine=engine.name, model=engine.model, version=engine.version
    ).first()
    stored = _stored(known) if known is not None else None
    if stored is not None:
        return FoundPrompt(stored, was_stored=True)
    prompt = make_prompt(voice, engine, progress)
    if voice.type != VoiceType.ONCE:
        _keep(voice, prompt)
    return FoundPrompt(prompt, was_stored=False)


def have_prompts(voices: Sequence[Voice], engine: str) -> int:
    """Return how many of ``voices`` have a prompt for the engine called so, of any version."""
    stored = set(
        StoredPrompt.objects.filter(
            voice__in=[voice.pk for voice in voices], engine=engine
        ).values_list("voice", flat=True)
    )
    return sum(
        voice.pk in stored or (engine == "espeak" and _has_built_in_prompt(voice))
        for voice in voices
    )


def _stored(known: StoredPrompt) -> VoicePrompt | None:
    try:
        with open_stored(known.file_name, "The voice's prompt could not be read.") as file:
            return VoicePrompt(known.engine, known.model, known.version, file.read())
    except FileGoneError:
        log.warning("prompt_made_anew", voice=known.voice_id, engine=known.engine)
        # By its name: somebody else may have noted another by now.
        StoredPrompt.objects.filter(pk=known.pk, file_name=known.file_name).delete()
        return None


def _has_built_in_prompt(voice: Voice) -> bool:
    """Whether the preview engine knows the voice without any recording."""
    return voice.type == VoiceType.SYSTEM and not is_recorded(voice)


def _keep(voice: Voice, prompt: VoicePrompt) -> None:
    """Store a prompt, unless its voice has been deleted or given another recording meanwhile."""
    saved = default_storage.save(prompt_file_name(voice, prompt), ContentFile(prompt.payload))
    with kept_or_removed(saved), transaction.atomic():
        held = Voice.objects.present().select_for_update(no_key=True).filter(pk=voice.pk).first()
        fits = held is not None and held.reference_name in {"", voice.reference_name}
        kept = fits and note_prompt(voice, prompt, saved)
    if not kept:
        remove_files([saved])
