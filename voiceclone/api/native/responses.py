"""What the native dialect answers: rows in the documented shapes."""

import math
from typing import Any

from accounts.models import Workspace
from billing.models import Entry
from billing.queries import BalanceView
from inference.engines.chatterbox.detector import DETECTOR, Detection
from inference.jobs.model import LIVE, JobState
from speech.models import Speech
from voiceclone.api.audio import speech_audio_url
from voiceclone.api.times import iso, iso_or_none
from voiceclone.files import SharedFile, signed_url
from voices.models import Voice, VoiceType

STATUS_STATES = {
    "PROCESSING": LIVE,
    "COMPLETED": (JobState.COMPLETED,),
    "FAILED": (JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT),
}


def status_of(state: str) -> str:
    """Return the documented status of a job's state."""
    return next(status for status, states in STATUS_STATES.items() if state in states)


def _voice_audio_url(voice: Voice) -> str | None:
    if not voice.reference_name:
        return None
    return signed_url(SharedFile(voice.reference_name, voice.reference_type, {}))


def _failure(job: Voice | Speech) -> dict[str, Any]:
    if status_of(job.state) != "FAILED":
        return {}
    return {"error": {"code": job.error_code, "message": job.error_message}}


def _type_of(kind: str) -> str:
    """Return whose a voice is; one that passes is its workspace's own as well."""
    return VoiceType.SYSTEM if kind == VoiceType.SYSTEM else VoiceType.USER


def cloned_voice(voice: Voice) -> dict[str, Any]:
    """Return a voice as POST /voice-clone shows it."""
    return {
        "id": voice.pk,
        "title": voice.title,
        "description": voice.description or None,
        "coverImage": voice.cover_image or None,
        "audioUrl": _voice_audio_url(voice),
        "duration": None if voice.duration is None else round(voice.duration, 3),
        "tags": voice.tags,
        "status": status_of(voice.state),
        "createdAt": iso(voice.created_at),
    }


def listed_voice(voice: Any) -> dict[str, Any]:
    """Return a voice, with its counts, as the lists show it."""
    return {
        **cloned_voice(voice),
        "type": _type_of(voice.type),
        "isPublic": voice.type == VoiceType.SYSTEM,
        "language": voice.language,
        "popularity": voice.popularity,
        "usageCount": voice.usage_count,
        "engine": voice.engine or None,
        "model": voice.model or None,
        "updatedAt": iso(voice.updated_at),
        **_failure(voice),
    }


def submitted_speech(speech: Speech) -> dict[str, Any]:
    """Return a speech as POST /tts shows it."""
    return {
        "id": speech.pk,
        "text": speech.text,
        "format": speech.format,
        "status": status_of(speech.state),
        "creditsUsed": speech.credits_used,
        "createdAt": iso(speech.created_at),
        "engine": speech.engine,
        "model": speech.model or None,
        "seed": speech.seed,
        "language": speech.language or None,
    }


def full_speech(speech: Speech) -> dict[str, Any]:
    """Return a speech as GET /tts/{speechId} shows it."""
    return {
        **submitted_speech(speech),
        "audioUrl": speech_audio_url(speech),
        "duration": speech.duration,
        "speed": speech.speed,
        "watermarked": speech.watermarked,
        "updatedAt": iso(speech.updated_at),
        "voice": {
            "id": speech.voice_id,
            "title": speech.voice_title,
            "coverImage": speech.voice_cover_image or None,
            "type": _type_of(speech.voice_type),
        },
        **_failure(speech),
    }


def detection_body(found: Detection | None, duration: float, message: str = "") -> dict[str, Any]:
    """Return what was found of the watermark; ``found`` is None where nobody could look."""
    return {
        "success": True,
        "available": found is not None,
        "watermarked": None if found is None else found.watermarked,
        "confidence": None if found is None else round(found.confidence, 4),
        "detector": DETECTOR,
        "duration": round(duration, 3),
        **({"message": message} if message else {}),
    }


def workspace_body(workspace: Workspace) -> dict[str, Any]:
    """Return a workspace as GET /workspace shows it."""
    return {
        "success": True,
        "workspace": {
            "id": workspace.pk,
            "name": workspace.name,
            "defaultLanguage": workspace.default_language,
            "createdAt": iso(workspace.created_at),
        },
    }


def pagination(page: int, limit: int, total: int) -> dict[str, Any]:
    """Return the documented description of a page."""
    pages = math.ceil(total / limit)
    return {
        "page": page,
        "limit": limit,
        "total": total,
        "totalPages": pages,
        "hasNext": page < pages,
        "hasPrev": page > 1,
    }


def credits_body(balance: BalanceView) -> dict[str, Any]:
    """Return a balance as GET /credits shows it."""
    return {
        "success": True,
        "credits": balance.total,
        "breakdown": {
            "regular": balance.regular,
            "permanent": balance.permanent,
            "resetAt": iso_or_none(balance.resets_at),
        },
    }


def quote_body(needed: int, balance: BalanceView) -> dict[str, Any]:
    """Return what something would cost, and whether there is enough."""
    return {
        "success": True,
        "creditsNeeded": needed,
        "credits": balance.total,
        "sufficient": balance.total >= needed,
    }


LEDGER_FIELDS = (
    "sequence",
    "kind",
    "regular",
    "permanent",
    "regularAfter",
    "permanentAfter",
    "jobId",
    "createdAt",
    "reason",
)


def ledger_entry(entry: Entry) -> dict[str, Any]:
    """Return an entry of the ledger."""
    return {
        "sequence": entry.sequence,
        "kind": entry.kind,
        "regular": entry.regular,
        "permanent": entry.permanent,
        "regularAfter": entry.regular_after,
        "permanentAfter": entry.permanent_after,
        "jobId": entry.job_id,
        "createdAt": iso(entry.created_at),
        "reason": entry.reason or None,
    }
