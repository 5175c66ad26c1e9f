"""Writes about speeches."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import Workspace
from billing import prices
from billing.errors import InsufficientCreditsError
from billing.operations import charge
from billing.queries import balance_of
from inference.audio.decode import AudioInfo
from inference.audio.encode import usual_rate
from inference.jobs.errors import StateConflictError
from inference.jobs.idempotency import Once, remember
from inference.jobs.lifecycle import end, hide, request_cancel
from inference.jobs.model import NO_LIMITS, JobLimits, JobState
from inference.jobs.wake import wake_on_commit
from inference.text.prepare import plain
from speech.downloads import download_on_commit
from speech.models import Speech, SpeechFormat, SpeechKind
from speech.readable import check_readable
from speech.watermark import decide, record_unmarked
from voices.fetching import has_reference
from voices.keeping import kept_or_removed
from voices.languages import language_for
from voices.models import Voice, VoiceType
from voices.operations import record_use
from voices.passing import save_passing

MAX_SEED = 2**32 - 1

SUBMITTED_AS = "speech"
"""What a remembered submission of this app is called."""

Also = Callable[[Speech], None]
"""What is done in the transaction that submits a speech."""


def _nothing(_speech: Speech) -> None:
    return None


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What a customer wants spoken, checked for its ranges by the dialect.

    ``language`` is a tag that the engine speaks, or "" to have it found.
    """

    text: str
    format: str = SpeechFormat.MP3
    language: str = ""
    speed: float = 1.0
    seed: int | None = None
    exaggeration: float = 0.5
    cfg_weight: float = 0.5
    temperature: float = 0.8
    sample_rate: int | None = None
    normalization: str = ""
    piece_words: int | None = None
    live: bool = False
    no_watermark: bool = False
    limits: JobLimits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """A probed recording that a customer wants said anew in another voice."""

    recording: BinaryIO
    info: AudioInfo
    format: str = SpeechFormat.WAV
    language: str = ""
    no_watermark: bool = False
    limits: JobLimits = NO_LIMITS


def submit_speech(
    *,
    workspace: Workspace,
    voice: Voice,
    wanted: SpeechRequest,
    request_id: str = "",
    actor: str,
    once: Once | None = None,
    also: Also = _nothing,
) -> Speech:
    """Charge for a speech and queue it. ``voice`` must be visible to the workspace.

    It may be one for this request alone, which is saved with the speech. The language that a
    request does not name is found here. A request without a
    seed is given one, so that any take can be made again.

    Raises:
        NothingToSpeakError: the engine cannot read the text; nothing was charged or kept.
        InsufficientCreditsError, UnspokenLanguageError, WorkspaceClosedError: likewise.
        SubmittedBeforeError: the same request was accepted in the meantime.
    """
    with kept_or_removed(_own_file(voice)):
        language = language_for(
            plain(wanted.text), asked=wanted.language, voice=voice, workspace=workspace
        )
        check_readable(wanted.text, language)
    speech = _new(workspace, voice, request_id)
    speech.text = wanted.text
    speech.format = wanted.format
    speech.language = language
    speech.speed = wanted.speed
    speech.exaggeration = wanted.exaggeration
    speech.cfg_weight = wanted.cfg_weight
    speech.temperature = wanted.temperature
    speech.sample_rate = wanted.sample_rate or usual_rate(wanted.format)
    speech.normalization = wanted.normalization
    speech.piece_words = wanted.piece_words
    speech.live = wanted.live
    speech.no_watermark = decide(workspace, wanted.no_watermark)
    speech.cost = prices.speech(wanted.text)
    if wanted.seed is not None:
        speech.seed = wanted.seed
    _set_limits(speech, wanted.limits)
    with kept_or_removed(_own_file(voice)):
        _submit(speech, voice, actor, once, also)
    return speech


def submit_conversion(
    *,
    workspace: Workspace,
    voice: Voice,
    wanted: ConversionRequest,
    request_id: str = "",
    actor: str,
    once: Once | None = None,
    also: Also = _nothing,
) -> Speech:
    """Charge for a conversion and queue it; raises as :func:`submit_speech` does."""
    speech = _new(workspace, voice, request_id)
    speech.kind = SpeechKind.CONVERSION
    speech.format = wanted.format
    speech.language = wanted.language
    speech.input_seconds = round(wanted.info.duration, 3)
    speech.no_watermark = decide(workspace, wanted.no_watermark)
    speech.cost = prices.conversion(wanted.info.duration)
    _set_limits(speech, wanted.limits)
    with kept_or_removed(_own_file(voice)):
        held = balance_of(workspace).total
        if held < speech.cost:  # before anything is stored
            raise InsufficientCreditsError(credits=held, needed=speech.cost)
        wanted.recording.seek(0)
        name = f"speeches/{workspace.pk}/{speech.pk}-input.{wanted.info.container}"
        speech.input_name = default_storage.save(name, File(wanted.recording))
        with kept_or_removed(speech.input_name):
            _submit(speech, voice, actor, once, also)
    return speech


def _new(workspace: Workspace, voice: Voice, request_id: str) -> Speech:
    return Speech(
        workspace=workspace,
        voice=voice,
        voice_title=voice.title,
        voice_type=voice.type,
        voice_cover_image=voice.cover_image,
        seed=secrets.randbelow(MAX_SEED + 1),
        engine=settings.ENGINE,
        request_id=request_id,
    )


def _set_limits(speech: Speech, limits: JobLimits) -> None:
    for name, value in limits.fields().items():
        setattr(speech, name, value)


def _own_file(voice: Voice) -> str:
    """Return the recording that goes if the request is not accepted."""
    return voice.reference_name if voice._state.adding else ""  # noqa: SLF001 - see save_passing


def _submit(speech: Speech, voice: Voice, actor: str, once: Once | None, also: Also) -> None:
    with transaction.atomic():
        remember(speech.workspace, once, SUBMITTED_AS, speech.pk)
        save_passing(voice)
        speech.is_ready = has_reference(voice)
        speech.save(force_insert=True)
        charge(workspace=speech.workspace, amount=speech.cost, job_id=speech.pk, actor=actor)
        if speech.no_watermark:
            record_unmarked(speech.workspace, speech.pk, actor)
        if voice.type != VoiceType.ONCE:
            record_use(voice=voice, workspace=speech.workspace)
        also(speech)
        if speech.is_ready:
            wake_on_commit()
        else:
            download_on_commit()


def cancel_speech(*, speech: Speech) -> Speech:
    """Cancel a speech; raises StateConflictError where it has ended already."""
    return request_cancel(Speech, speech.pk)


def time_out_speech(speech: Speech, *, seconds: float) -> Speech:
    """End a speech for which its customer was to wait ``seconds`` at most.

    Its price is back at once, whether anybody works on it or not. Returns it as it stands:
    one that came to another end at this very moment keeps that.
    """
    message = f"The audio was not ready within {seconds:g} seconds. Nothing was charged."
    try:
        return end(Speech, speech.pk, JobState.TIMED_OUT, code="TIMED_OUT", message=message)
    except StateConflictError:
        return Speech.get(speech.pk)


def delete_speech(*, speech: Speech) -> None:
    """Hide a speech at once, stopping it first; its file goes soon after."""
    hide(speech)
