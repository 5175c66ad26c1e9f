"""Voices that pass: a recording for one request, and a handle that expires.

Neither costs anything to make: the prompt is made from the recording when it first speaks.
"""

import secrets
from datetime import timedelta
from typing import BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from accounts.transactions import require_transaction
from billing.queries import limits_of
from inference.audio.decode import AudioInfo
from inference.jobs.idempotency import Once, remember
from inference.jobs.model import JobState
from voices.keeping import CONTENT_TYPES, kept_or_removed
from voices.models import Voice, VoiceType
from voices.models.voice import REFERENCE_SECONDS
from voices.titles import automatic_title

MAX_LIVE_HANDLES = 100
HANDLE_AS = "handle"
"""What a remembered submission of a handle is called."""


class TooManyHandlesError(Exception):
    """The workspace has as many live handles as it may have."""


def make_handle(
    *,
    workspace: Workspace,
    recording: BinaryIO,
    info: AudioInfo,
    made_for: str,
    request_id: str = "",
    once: Once | None = None,
) -> Voice:
    """Keep a probed recording under a handle that works with the model ``made_for``.

    Raises:
        TooManyHandlesError: the workspace has 100 live ones; nothing is kept.
        WorkspaceClosedError: the workspace is being erased; nothing is kept.
        SubmittedBeforeError: the same request was accepted in the meantime.
    """
    _require_room(workspace)
    now = timezone.now()
    mark = secrets.token_hex(12)
    voice = Voice(
        workspace=workspace,
        type=VoiceType.HANDLE,
        short_id=None,
        state=JobState.COMPLETED,
        finished_at=now,
        title=automatic_title(mark[:8]),
        handle=f"vv_{mark}",
        made_for=made_for,
        expires_at=now + timedelta(days=limits_of(workspace).handle_days),
        request_id=request_id,
    )
    _store(voice, recording, info)
    with kept_or_removed(voice.reference_name), transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)  # one at a time, to count
        _require_room(workspace)
        remember(workspace, once, HANDLE_AS, voice.pk)
        voice.save(force_insert=True)
    return voice


def voice_for_once(
    *,
    workspace: Workspace,
    recording: BinaryIO | None = None,
    info: AudioInfo | None = None,
    url: str = "",
    seconds: float = REFERENCE_SECONDS,
    request_id: str = "",
) -> Voice:
    """Return an unsaved voice of a recording that serves one request alone.

    The recording is a probed file, which is stored at once, or lies at ``url``, from where it
    is downloaded before the request's job may run. Saved by :func:`save_passing` in the
    transaction that uses it.
    """
    voice = Voice(
        workspace=workspace,
        type=VoiceType.ONCE,
        short_id=None,
        state=JobState.COMPLETED,
        finished_at=timezone.now(),
        title="One request",
        reference_url=url,
        reference_seconds=seconds,
        request_id=request_id,
    )
    if recording is not None and info is not None:
        _store(voice, recording, info)
    return voice


def save_passing(voice: Voice) -> None:
    """Save a voice that :func:`voice_for_once` made and nobody saved yet; else nothing."""
    require_transaction()
    if voice._state.adding:  # noqa: SLF001 - Django's own, documented way to tell
        voice.save(force_insert=True)


def handle_of(workspace: Workspace, handle: str) -> Voice | None:
    """Return one of the workspace's handles, an expired one too, or None."""
    found: Voice | None = Voice.objects.filter(
        workspace=workspace, type=VoiceType.HANDLE, handle=handle
    ).first()
    return found


def _require_room(workspace: Workspace) -> None:
    if Voice.objects.handles_of(workspace).count() >= MAX_LIVE_HANDLES:
        raise TooManyHandlesError


def _store(voice: Voice, recording: BinaryIO, info: AudioInfo) -> None:
    recording.seek(0)
    name = f"voices/{voice.workspace_id}/{voice.pk}/reference.{info.container}"
    voice.reference_name = default_storage.save(name, File(recording))
    voice.reference_type = CONTENT_TYPES[info.container]
    voice.reference_rate = info.rate
    voice.duration = info.duration
