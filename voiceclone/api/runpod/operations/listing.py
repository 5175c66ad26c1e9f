from collections import Counter
from typing import Any

from django.conf import settings

from inference.jobs.model import JobState
from speech.calls import answer_at_once
from voiceclone.api.runpod.operations.asking import Asking
from voices.models import Voice
from voices.prompts import have_prompts

_UNKNOWN = "unknown"


def list_local_voices(asking: Asking) -> None:
    """Say at once which voices there are: everybody's, then the workspace's own."""
    own = Voice.objects.owned_by(asking.workspace).filter(state=JobState.COMPLETED)
    voices = [
        *Voice.objects.public().order_by("-gender", "title"),
        *own.order_by("created_at", "pk"),
    ]
    asking.call.result = {
        "local_voices": [_listed(voice) for voice in voices],
        "total_local_voices": len(voices),
        "stats": _stats(voices),
    }
    answer_at_once(asking.call)


def _listed(voice: Voice) -> dict[str, Any]:
    name = voice.name or voice.title
    own = voice.workspace_id is not None
    return {
        "voice_id": voice.short_id,
        "speaker_name": name,
        "gender": voice.gender or None,
        "duration": None if voice.duration is None else round(voice.duration, 2),
        "original_file": _file_name(voice, name),
        "type": "user_cloned_voice" if own else "chattts_embedding",
    }


def _file_name(voice: Voice, name: str) -> str:
    """Return what the voice's recording would be called in a folder."""
    _, _, container = voice.reference_name.rpartition(".")
    about = [voice.gender, voice.description[:1].lower() + voice.description[1:].rstrip(".")]
    said = ", ".join(part for part in about if part)
    return f"{name} - {said}.{container or 'wav'}" if said else f"{name}.{container or 'wav'}"


def _stats(voices: list[Voice]) -> dict[str, Any]:
    ready = have_prompts(voices, settings.ENGINE)
    genders = Counter(voice.gender or _UNKNOWN for voice in voices)
    stats: dict[str, Any] = {
        "total_voices": len(voices),
        "gender_distribution": dict(genders),
        "cache_performance": f"{ready} of {len(voices)} voices have a stored prompt",
    }
    if ready == len(voices):
        stats["optimization"] = "direct_audio_arrays"
    return stats
