"""The voices every installation has."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from inference.audio.encode import CONTENT_TYPES, encode
from inference.engines.base import OUTPUT_RATE, SynthesisParams
from inference.engines.espeak.system_voices import SYSTEM_VOICES, sample_text, system_prompt
from inference.engines.registry import get_engine
from inference.jobs.model import JobState
from voices.models import Voice, VoiceType

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
    """Speak and store the samples of system voices that have none; returns how many."""
    missing = Voice.objects.public().filter(reference_name="").order_by("title")
    for voice in missing:
        make_sample(voice)
    return len(missing)


def make_sample(voice: Voice) -> None:
    """Have the preview engine speak a system voice's sample, which other engines clone."""
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
    name = default_storage.save(f"voices/system/{voice.pk}/sample.mp3", ContentFile(audio))
    kept = Voice.objects.filter(pk=voice.pk, reference_name="").update(
        reference_name=name,
        reference_type=CONTENT_TYPES["mp3"],
        duration=round(seconds, 3),
        engine=engine.name,
        model=engine.model,
        updated_at=timezone.now(),
    )
    if not kept:  # somebody else was quicker
        default_storage.delete(name)
    voice.refresh_from_db()


def is_recorded(voice: Voice) -> bool:
    """Whether a system voice has a recording of its own instead of a made sample."""
    return bool(voice.reference_name) and not voice.engine
