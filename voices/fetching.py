"""Downloading a recording that a customer gave by its address."""

from collections.abc import Callable
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.transactions import require_transaction
from inference.audio.decode import AudioInfo, probe
from inference.audio.errors import AudioError
from inference.audio.limits import check_voice
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Timeout, get
from inference.jobs.errors import JobError, LeaseLostError
from inference.jobs.runner import remove_files
from voices.keeping import CONTENT_TYPES, new_file_name
from voices.models import ReferenceDownload, Voice

MAX_REFERENCE_BYTES = 20 * 1024 * 1024
_PATIENCE = Timeout(connect=5.0, read=10.0, total=20.0)


def has_reference(voice: Voice) -> bool:
    """Whether a saved voice's recording is here; if not, note that it must be downloaded."""
    require_transaction()
    if not voice.reference_url or voice.reference_name or voice.workspace is None:
        return True
    ReferenceDownload.objects.get_or_create(voice=voice, defaults={"workspace": voice.workspace})
    return False


def download(held: ReferenceDownload, *, also: Callable[[], None]) -> None:
    """Download and keep the recording of a claimed download, and remove its row.

    ``also`` is done in the same transaction.

    Raises:
        JobError: ``REFERENCE_UNREACHABLE``, ``REFERENCE_UNUSABLE`` or ``STORAGE_FAILED``.
        LeaseLostError: another attempt has begun, or the voice was removed meanwhile.
    """
    voice = held.voice
    try:
        fetched = get(
            voice.reference_url,
            max_bytes=MAX_REFERENCE_BYTES,
            timeout=_PATIENCE,
            allowed=settings.ALLOWED_FETCH_HOSTS,
        )
    except FetchError as error:
        said = "Connection timeout" if error.code == "TIMED_OUT" else error.message
        raise JobError(
            "REFERENCE_UNUSABLE" if error.code == "TOO_LARGE" else "REFERENCE_UNREACHABLE",
            f"Error downloading reference audio: {said}",
            retryable=not error.permanent,
        ) from error
    with fetched.body as recording:
        try:
            info = probe(cast("BinaryIO", recording))
            check_voice(info)
        except AudioError as error:
            raise JobError(
                "REFERENCE_UNUSABLE", f"Error reading reference audio: {error.message}"
            ) from error
        recording.seek(0)
        _keep(held, File(recording), info, also)


def _keep(
    held: ReferenceDownload,
    recording: "File[bytes]",
    info: AudioInfo,
    also: Callable[[], None],
) -> None:
    voice = held.voice
    name = new_file_name(voice, "reference", info.container)
    try:
        saved = default_storage.save(name, recording)
    except Exception as error:
        raise JobError(
            "STORAGE_FAILED", "The voice's recording could not be stored.", retryable=True
        ) from error
    with transaction.atomic():
        ours = ReferenceDownload.objects.filter(pk=held.pk, attempt=held.attempt)
        is_ours = bool(ours.delete()[0]) and Voice.objects.present().filter(pk=voice.pk).update(
            reference_name=saved,
            reference_type=CONTENT_TYPES[info.container],
            reference_rate=info.rate,
            duration=info.duration,
        )
        if is_ours:
            also()
    if not is_ours:
        remove_files([saved])
        raise LeaseLostError
