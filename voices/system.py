"""The voices every installation has."""

import hashlib
from datetime import timedelta

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from inference.audio.encode import CONTENT_TYPES, encode
from inference.engines.base import OUTPUT_RATE, SynthesisParams
from inference.engines.espeak.system_voices import SYSTEM_VOICES, sample_text, system_prompt
from inference.engines.registry import get_engine
from inference.jobs.model import JobState
from inference.jobs.runner import remove_files
from voices.keeping import kept_or_removed, new_file_name
from voices.models import Voice, VoiceType

log = structlog.get_logger(__name__)

_TAKEN = timedelta(minutes=2)
"""How long a worker that has taken a sample is waited for."""

RECORDED = Q(engine="") & ~Q(reference_name="")
"""A system voice whose recording was imported; a sample names the engine that spoke it."""


def system_voice_id(name: str) -> str:
    """Return the id a system voice has in every installation."""
    digest = int.from_bytes(hashlib.sha256(f"system voice {name}".encode()).digest())
    digits = ""
    for _ in range(24):
        digest, digit = divmod(digest, 36)
        digits += "0123456789abcdefghijklmnopqrstuvwxyz"[digit]
    return "c" + digits


def sync_system_voices() -> None:
    """Make the system voices' rows that are missing, and bring the others up to date.

    One that an operator gave a recording keeps what he said of it.
    """
    now = timezone.now()
    recorded = set(Voice.objects.public().filter(RECORDED).values_list("title", flat=True))
    Voice.objects.bulk_create(
        [
            Voice(
                id=system_voice_id(voice.name),
                type=VoiceType.SYSTEM,
                state=JobState.COMPLETED,
                finished_at=now,
                short_id=voice.voice_id,
                title=voice.name,
                description=voice.description,
                gender=voice.gender,
                tags=[voice.gender],
            )
            for voice in SYSTEM_VOICES
            if voice.name not in recorded
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["short_id", "title", "description", "gender", "tags"],
    )


def make_samples() -> int:
    """Speak and store the system voices' samples that are missing; returns how many.

    Of several workers that start together each takes those that no other has taken.
    """
    made = 0
    for voice in Voice.objects.public().order_by("title"):
        if _lacks_sample(voice) and _take(voice):
            made += _make_sample(voice)
    return made


def restore_sample(voice: Voice) -> None:
    """Have a system voice hold its sample, which other engines clone, if it is missing."""
    if _lacks_sample(voice):
        _make_sample(voice)


def _lacks_sample(voice: Voice) -> bool:
    """Whether no sample is there to be cloned; a recording that was imported cannot be made."""
    if not voice.reference_name:
        return True
    if default_storage.exists(voice.reference_name):
        return False
    if is_recorded(voice):
        log.error("imported_recording_gone", voice=voice.title, name=voice.reference_name)
        return False
    return True


def _take(voice: Voice) -> bool:
    """Keep other workers from a sample for a while; False where another has taken or made it."""
    now = timezone.now()
    free = Q(retry_at=None) | Q(retry_at__lte=now)
    unmade = Voice.objects.filter(free, pk=voice.pk, reference_name=voice.reference_name)
    return bool(unmade.update(retry_at=now + _TAKEN))


def _make_sample(voice: Voice) -> bool:
    """Have the preview engine speak a voice's sample; False where another was quicker."""
    engine = get_engine("espeak")
    chunks = list(
        engine.synthesize(
            sample_text(voice.title),
            system_prompt(voice.title),
            SynthesisParams(seed=0),
            progress=lambda: None,
        )
    )
    seconds = sum(len(chunk.samples) for chunk in chunks) / OUTPUT_RATE
    audio = encode((chunk.samples for chunk in chunks), "mp3")
    name = default_storage.save(new_file_name(voice, "sample", "mp3"), ContentFile(audio))
    with kept_or_removed(name):
        kept = Voice.objects.filter(pk=voice.pk, reference_name=voice.reference_name).update(
            reference_name=name,
            reference_type=CONTENT_TYPES["mp3"],
            duration=round(seconds, 3),
            engine=engine.name,
            model=engine.model,
            retry_at=None,
            updated_at=timezone.now(),
        )
    if not kept:  # somebody else was quicker
        remove_files([name])
    voice.refresh_from_db()
    return bool(kept)


def is_recorded(voice: Voice) -> bool:
    """Whether a system voice has a recording of its own instead of a made sample."""
    return bool(voice.reference_name) and not voice.engine
