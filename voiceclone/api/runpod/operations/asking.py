from dataclasses import dataclass
from typing import Any, TypeVar

from rest_framework import serializers as s

from accounts.models import Workspace
from inference.jobs.idempotency import Once
from inference.jobs.model import JobLimits
from speech.models import Call
from voiceclone.api.complaints import first_sentence
from voiceclone.api.runpod.errors import InputProblemError
from voices.models import Voice
from voices.queries import voice_by_any_id, voice_by_name

Input = TypeVar("Input", bound=s.Serializer[Any])

_SHOWN = 150  # characters of what was sent that an error repeats


@dataclass(frozen=True, slots=True)
class Asking:
    """A job as it is asked for: its call, which is not recorded yet, and by whom."""

    call: Call
    given: dict[str, Any]
    limits: JobLimits
    request_id: str
    actor: str
    once: Once | None

    @property
    def workspace(self) -> Workspace:
        """The tenant that asks."""
        return self.call.workspace

    def read(self, kind: type[Input]) -> dict[str, Any]:
        """Return the ``input`` as ``kind`` understands it; a null stands for nothing.

        Raises:
            InputProblemError: it does not fit.
        """
        given = {name: value for name, value in self.given.items() if value is not None}
        form = kind(data=given)
        if not form.is_valid():
            raise InputProblemError(first_sentence(form.errors))
        said: dict[str, Any] = form.validated_data
        return said

    def library_voice(self, said: dict[str, Any]) -> Voice | None:
        """Return the voice that ``voice_name`` or ``voice_id`` names; None where neither is said.

        Raises:
            InputProblemError: there is none of that name or id, or the two name different ones.
        """
        named = [
            found(look_up(self.workspace, said[field]), said[field])
            for field, look_up in (("voice_name", voice_by_name), ("voice_id", voice_by_any_id))
            if field in said
        ]
        if len({voice.pk for voice in named}) > 1:
            raise InputProblemError("voice_name and voice_id are those of different voices")
        return named[0] if named else None


def found(voice: Voice | None, written: str) -> Voice:
    """Return the voice that was found, or raise the documented complaint."""
    if voice is None:
        raise InputProblemError(f"Voice '{shown(written)}' not found in any library")
    return voice


def shown(text: str) -> str:
    """Return as much of what was sent as is repeated."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def about(voice: Voice | None) -> dict[str, Any]:
    """Return what a call keeps of the library voice that it names."""
    if voice is None:
        return {"voice_id": None, "voice_name": None}
    return {"voice_id": voice.short_id, "voice_name": voice.name or voice.title}
