"""Giving the system voices recordings of their own."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from inference.audio.decode import AudioInfo, probe
from inference.audio.errors import AudioError
from inference.audio.limits import check_voice
from inference.jobs.runner import remove_files
from voices.keeping import CONTENT_TYPES, kept_or_removed, new_file_name
from voices.models import StoredPrompt, Voice

MIN_SECONDS, MAX_SECONDS = 5.0, 180.0
_NAMED = re.compile(r"(?P<name>[^-]+?)(?: - (?P<gender>male|female)(?:, (?P<about>.+))?)?")


class ImportRefusedError(Exception):
    """A file cannot serve as a system voice; the message says why."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file's name says of its voice."""

    name: str
    gender: str
    about: str


def import_recording(path: Path) -> Voice:
    """Give a system voice the recording in ``path``, named as in ``Amy - female, cheerful.wav``.

    All engines then clone the voice from it; prompts made of what it was before are removed.

    Raises:
        ImportRefusedError: nothing has changed.
    """
    said = _read_name(path)
    voice = Voice.objects.public().filter(title=said.name).first()
    if voice is None:
        raise ImportRefusedError(f"there is no system voice {said.name}")
    if said.gender and said.gender != voice.gender:
        raise ImportRefusedError(f"{said.name} is {voice.gender}")
    with path.open("rb") as recording:
        info = _probed(recording)
        recording.seek(0)
        name = default_storage.save(
            new_file_name(voice, "recording", info.container), File(recording)
        )
    former = _replace(voice, name, info, said)
    remove_files([old for old in former if old])
    return Voice.get(voice.pk)


def _read_name(path: Path) -> _Said:
    match = _NAMED.fullmatch(path.stem)
    if match is None:
        raise ImportRefusedError("its name is not like 'Amy - female, cheerful.wav'")
    about = (match["about"] or "").strip()
    return _Said(match["name"].strip(), match["gender"] or "", about[:1].upper() + about[1:])


def _probed(recording: "File[bytes] | object") -> AudioInfo:
    try:
        info = probe(recording)  # type: ignore[arg-type]  # an opened file
        check_voice(info, minimum=MIN_SECONDS, maximum=MAX_SECONDS)
    except AudioError as error:
        raise ImportRefusedError(error.message) from error
    return info


def _replace(voice: Voice, name: str, info: AudioInfo, said: _Said) -> list[str]:
    """Put a stored recording in place of what was there; returns the files that are left over."""
    with kept_or_removed(name), transaction.atomic():
        held = Voice.objects.select_for_update().get(pk=voice.pk)
        prompts = StoredPrompt.objects.filter(voice=held)
        former = [held.reference_name, *prompts.values_list("file_name", flat=True)]
        prompts.delete()
        held.reference_name = name
        held.reference_type = CONTENT_TYPES[info.container]
        held.reference_rate = info.rate
        held.duration = round(info.duration, 3)
        held.description = f"{said.about.rstrip('.')}." if said.about else held.description
        held.engine = held.model = ""
        held.updated_at = timezone.now()
        held.save()
    return former
