"""Writes about speeches."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.models import Workspace
from billing import prices
from billing.operations import charge
from inference.jobs.idempotency import Once, remember
from inference.jobs.lifecycle import hide, request_cancel
from inference.jobs.wake import wake_on_commit
from speech.models import Speech, SpeechFormat
from voices.models import Voice
from voices.operations import record_use

MAX_SEED = 2**32 - 1

SUBMITTED_AS = "speech"
"""What a remembered submission of this app is called."""


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What a customer wants spoken, checked for its ranges by the dialect."""

    text: str
    format: str = SpeechFormat.MP3
    language: str = ""
    speed: float = 1.0
    seed: int | None = None
    exaggeration: float = 0.5
    cfg_weight: float = 0.5
    temperature: float = 0.8


def submit_speech(
    *,
    workspace: Workspace,
    voice: Voice,
    wanted: SpeechRequest,
    request_id: str = "",
    actor: str,
    once: Once | None = None,
) -> Speech:
    """Charge for a speech and queue it. ``voice`` must be visible to the workspace.

    A request without a seed is given one, so that any take can be made again.

    Raises:
        InsufficientCreditsError: nothing was charged and nothing is kept.
        SubmittedBeforeError: the same request was accepted in the meantime.
    """
    speech = Speech(
        workspace=workspace,
        voice=voice,
        voice_title=voice.title,
        voice_type=voice.type,
        voice_cover_image=voice.cover_image,
        text=wanted.text,
        format=wanted.format,
        language=wanted.language,
        speed=wanted.speed,
        exaggeration=wanted.exaggeration,
        cfg_weight=wanted.cfg_weight,
        temperature=wanted.temperature,
        seed=secrets.randbelow(MAX_SEED + 1) if wanted.seed is None else wanted.seed,
        engine=settings.ENGINE,
        cost=prices.speech(wanted.text),
        request_id=request_id,
    )
    with transaction.atomic():
        remember(workspace, once, SUBMITTED_AS, speech.pk)
        speech.save(force_insert=True)
        charge(workspace=workspace, amount=speech.cost, job_id=speech.pk, actor=actor)
        record_use(voice=voice, workspace=workspace)
        wake_on_commit()
    return speech


def cancel_speech(*, speech: Speech) -> Speech:
    """Cancel a speech; raises StateConflictError where it has ended already."""
    return request_cancel(Speech, speech.pk)


def delete_speech(*, speech: Speech) -> None:
    """Hide a speech at once, stopping it first; its file goes soon after."""
    hide(speech)
