"""Doing a call's job once more: a new job, charged anew, to which the call's id moves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

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


class RetryImpossibleError(Exception):
    """What the job was made from is not there any more."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class _Retry:
    """What each kind of submission is told."""

    limits: JobLimits
    request_id: str
    actor: str
    once: Once | None
    move: Callable[[Speech | Voice], None]


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
    again = _Retry(limits, request_id, actor, once, _mover(call, job))
    if isinstance(job, Voice):
        _clone(job, again)
    elif job.kind == SpeechKind.CONVERSION:
        _convert(job, again)
    else:
        _speak(job, again)


def _mover(call: Call, old: Speech | Voice) -> Callable[[Speech | Voice], None]:
    def move(new: Speech | Voice) -> None:
        name = "speech" if isinstance(old, Speech) else "voice"
        kept = {key: value for key, value in call.asked.items() if key != SENT_BYTES}
        moved = Call.objects.filter(pk=call.pk, **{name: old}).update(
            **{name: new},
            asked={FIRST_JOB: old.pk} | kept,
            stream_position=-1,
            expires_at=None,
        )
        if not moved:
            raise StateConflictError
        hide(old)

    return move


def _speak(old: Speech, again: _Retry) -> None:
    submit_speech(
        workspace=old.workspace,
        voice=_voice_of(old),
        wanted=SpeechRequest(
            text=old.text,
            format=old.format,
            language=old.language,
            speed=old.speed,
            seed=old.seed,
            exaggeration=old.exaggeration,
            cfg_weight=old.cfg_weight,
            temperature=old.temperature,
            sample_rate=old.sample_rate,
            normalization=old.normalization,
            piece_words=old.piece_words,
            live=old.live,
            no_watermark=old.no_watermark,
            limits=again.limits,
        ),
        request_id=again.request_id,
        actor=again.actor,
        once=again.once,
        also=again.move,
    )


def _convert(old: Speech, again: _Retry) -> None:
    voice = _voice_of(old)
    with _stored(old, old.input_name) as (recording, info):
        submit_conversion(
            workspace=old.workspace,
            voice=voice,
            wanted=ConversionRequest(
                recording=recording,
                info=info,
                format=old.format,
                no_watermark=old.no_watermark,
                limits=again.limits,
            ),
            request_id=again.request_id,
            actor=again.actor,
            once=again.once,
            also=again.move,
        )


def _clone(old: Voice, again: _Retry) -> None:
    assert old.workspace is not None  # a system voice is no job of anybody's
    with _stored(old, old.reference_name) as (recording, info):
        submit_clone(
            workspace=old.workspace,
            recording=recording,
            info=info,
            about=NewVoice(
                title=old.title,
                description=old.description,
                cover_image=old.cover_image,
                tags=old.tags,
                # Another clone may have been given the name since this one failed.
                name=old.name or old.title,
                sample_text=old.sample_text,
                kept=old.type == VoiceType.USER,
            ),
            limits=again.limits,
            request_id=again.request_id,
            actor=again.actor,
            once=again.once,
            also=again.move,
        )


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
