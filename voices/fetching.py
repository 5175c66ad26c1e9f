"""Fetching a recording that a customer gave by its address, done by a worker."""

from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

from inference.audio.decode import AudioInfo, probe
from inference.audio.errors import AudioError
from inference.audio.limits import check_duration
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Timeout, get
from inference.jobs.errors import JobError
from inference.jobs.runner import remove_files
from voices.keeping import CONTENT_TYPES, new_file_name
from voices.models import Voice

MAX_REFERENCE_BYTES = 20 * 1024 * 1024
MAX_REFERENCE_SECONDS = 60.0
_PATIENCE = Timeout(connect=5.0, read=10.0, total=20.0)


def fetch_reference(voice: Voice) -> None:
    """Download and keep the recording at ``reference_url``, if it can serve as one.

    Raises:
        JobError: ``REFERENCE_UNREACHABLE`` or ``REFERENCE_UNUSABLE``.
    """
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
            "REFERENCE_UNREACHABLE",
            f"Error downloading reference audio: {said}",
            retryable=not error.permanent,
        ) from error
    with fetched.body as recording:
        try:
            info = probe(cast("BinaryIO", recording))
            check_duration(info.duration, minimum=1.0, maximum=MAX_REFERENCE_SECONDS)
        except AudioError as error:
            raise JobError(
                "REFERENCE_UNUSABLE", f"Error reading reference audio: {error.message}"
            ) from error
        recording.seek(0)
        _keep(voice, File(recording), info)


def _keep(voice: Voice, recording: "File[bytes]", info: AudioInfo) -> None:
    name = new_file_name(voice, "reference", info.container)
    try:
        saved = default_storage.save(name, recording)
    except Exception as error:
        raise JobError(
            "STORAGE_FAILED", "The voice's recording could not be stored.", retryable=True
        ) from error
    voice.reference_name = saved
    voice.reference_type = CONTENT_TYPES[info.container]
    voice.reference_rate = info.rate
    voice.duration = info.duration
    kept = (
        Voice.objects.present()
        .filter(pk=voice.pk, reference_name="")
        .update(
            reference_name=saved,
            reference_type=voice.reference_type,
            reference_rate=voice.reference_rate,
            duration=voice.duration,
        )
    )
    if not kept:  # another attempt was quicker, or the voice is gone
        remove_files([saved])
        names = Voice.objects.filter(pk=voice.pk).values_list("reference_name", flat=True)
        voice.reference_name = names.first() or ""
