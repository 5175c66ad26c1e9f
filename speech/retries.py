"""Doing a job once more: a new job, charged anew, to which the id of the job's call moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage

from inference.audio.decode import AudioInfo
from inference.jobs.errors import StateConflictError
from inference.jobs.idempotency import Once
from inference.jobs.lifecycle import hide
from inference.jobs.model import JobLimits, JobState
from inference.probing import probe_for
from speech.models import Call, Speech, SpeechKind
from speech.operations import ConversionRequest, SpeechRequest, submit_conversion, submit_speech
from voices.models import Voice, VoiceType
from voices.operations import NewVoice, submit_clone

RETRYABLE = (JobState.FAILED, JobState.TIMED_OUT)

FIRST_JOB = "first_job"
"""Where ``Call.asked`` keeps the id of the first of several jobs."""

SENT_BYTES = "sent_bytes"
"""Where it keeps how much of the job's audio has been handed out."""

Job = Speech | Voice
Also = Callable[[Job], None]


class RetryImpossibleError(Exception):
    """What the job was made from is not there any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def retry(
    *, call: Call, limits: JobLimits, request_id: str, actor: str, once: Once | None = None
) -> None:
    """Submit a call's failed job anew and have the call stand for the new one.

    Raises:
        StateConflictError: the job has not failed, or somebody else has retried it.
        RetryImpossibleError: its voice or recording is gone.
        InsufficientCreditsError, NameTakenError, SubmittedBeforeError, ProbingBusyError: as at
            first.
    """
    job = call.job
    if job is None or job.state not in RETRYABLE:
        raise StateConflictError
    make_again(
        job,
        limits=limits,
        request_id=request_id,
        actor=actor,
        once=once,
        also=mover(call, job),
    )


def limits_of(call: Call) -> JobLimits:
    """Return the time that the customer gave each try of a call."""
    total, execution = call.asked.get("limits", (None, None))
    return JobLimits(total_seconds=total, execution_seconds=execution)


def mover(call: Call, old: Job) -> Also:
    """Return what has a call stand for a new job in place of ``old``, which is hidden."""

    def move(new: Job) -> None:
        name = "speech" if isinstance(old, Speech) else "voice"
        kept = {key: value for key, value in call.asked.items() if key != SENT_BYTES}
        moved = Call.objects.filter(pk=call.pk, **{name: old}).update(
            **{name: new},
            asked={FIRST_JOB: old.pk} | kept,
            stream_position=-1,
            expires_at=None,
            housekeeping_at=None,
        )
        if not moved:
            raise StateConflictError
        hide(old)

    return move


def make_again(
    old: Job,
    *,
    limits: JobLimits,
    request_id: str,
    actor: str,
    once: Once | None = None,
    also: Also,
) -> Job:
    """Submit what ``old`` was made from once more, and do ``also`` in the same transaction.

    Raises:
        RetryImpossibleError: its voice or recording is gone.
        InsufficientCreditsError, NameTakenError, SubmittedBeforeError: as at first.
    """
    told: dict[str, Any] = {
        "workspace": old.workspace,
        "request_id": request_id,
        "actor": actor,
        "once": once,
        "also": also,
    }
    if isinstance(old, Voice):
        return _clone(old, limits, told)
    if old.kind == SpeechKind.CONVERSION:
        return _convert(old, limits, told)
    wanted = SpeechRequest(limits=limits, **_asked_of(old, SpeechRequest))
    return submit_speech(voice=_voice_of(old), wanted=wanted, **told)


_NOT_OF_THE_ROW = {"limits", "recording", "info", "kept"}
"""The fields of a request that no column keeps under the same name."""


def _asked_of(old: Job, request: type[Any]) -> dict[str, Any]:
    """Return all other fields of a request, as the row keeps them."""
    names = {field.name for field in fields(request)} - _NOT_OF_THE_ROW
    return {name: getattr(old, name) for name in names}


def _convert(old: Speech, limits: JobLimits, told: dict[str, Any]) -> Speech:
    voice = _voice_of(old)
    with _stored(old, old.input_name) as (recording, info):
        asked = _asked_of(old, ConversionRequest)
        wanted = ConversionRequest(recording=recording, info=info, limits=limits, **asked)
        return submit_conversion(voice=voice, wanted=wanted, **told)


def _clone(old: Voice, limits: JobLimits, told: dict[str, Any]) -> Voice:
    asked = _asked_of(old, NewVoice)
    # Another clone may have been given the name since this one failed.
    asked["name"] = old.name or (old.title if _is_named(old) else None)
    with _stored(old, old.reference_name) as (recording, info):
        about = NewVoice(kept=old.type == VoiceType.USER, **asked)
        return submit_clone(recording=recording, info=info, about=about, limits=limits, **told)


def _is_named(voice: Voice) -> bool:
    """Whether a clone came from a dialect that knows voices by unique names."""
    return Call.objects.filter(voice=voice).exists()


def _voice_of(speech: Speech) -> Voice:
    voice = speech.voice
    if voice.deleted_at is not None or not voice.can_speak:
        raise RetryImpossibleError("The voice is gone; send the request anew.")
    return voice


@contextmanager
def _stored(old: Speech | Voice, name: str) -> Iterator[tuple[BinaryIO, AudioInfo]]:
    try:
        file = default_storage.open(name) if name else None
    except FileNotFoundError:
        file = None
    if file is None:
        raise RetryImpossibleError("The recording is gone; send the request anew.")
    with file:
        recording = cast("BinaryIO", file)
        info = probe_for(str(old.workspace_id), recording)
        yield recording, info
