"""Which operations there are, what each does, and the scope that it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import Scope
from speech.operations import SUBMITTED_AS as SPEECH
from voiceclone.api.runpod.operations.asking import Asking
from voiceclone.api.runpod.operations.cloning import voice_cloning
from voiceclone.api.runpod.operations.conversion import voice_conversion, voice_transfer
from voiceclone.api.runpod.operations.listing import list_local_voices
from voiceclone.api.runpod.operations.tts import tts
from voices.operations import SUBMITTED_AS as VOICE


@dataclass(frozen=True, slots=True)
class Operation:
    """``submitted_as`` is what a remembered submission of it is called."""

    submit: Callable[[Asking], None]
    scopes: tuple[str, ...]
    submitted_as: str = SPEECH


OPERATIONS = {
    "tts": Operation(tts, (Scope.SPEECH,)),
    "voice_cloning": Operation(voice_cloning, (Scope.VOICES,), VOICE),
    "list_local_voices": Operation(list_local_voices, (Scope.SPEECH, Scope.VOICES)),
    "voice_conversion": Operation(voice_conversion, (Scope.SPEECH,)),
    "voice_transfer": Operation(voice_transfer, (Scope.SPEECH,)),
}
"""By name. Any one of an operation's ``scopes`` is enough."""

ANY_SCOPE = (Scope.SPEECH, Scope.VOICES)


def scopes_of(operation: str) -> tuple[str, ...]:
    """Return the scopes of which a key needs one; any does for what is no operation."""
    known = OPERATIONS.get(operation)
    return ANY_SCOPE if known is None else known.scopes
