"""Which voice a request means."""

from django.utils import timezone

from accounts.models import Workspace
from voiceclone.api.ids import could_be_id, could_be_name
from voiceclone.api.venice.catalogue import CataloguedModel
from voiceclone.api.venice.errors import ApiError, invalid
from voiceclone.api.venice.voice_names import meant_by
from voices.models import Voice, VoiceType
from voices.passing import handle_of
from voices.queries import voice_by_any_id, voice_by_name


def voice_for(workspace: Workspace, called: str, model: CataloguedModel | None) -> Voice:
    """Return the voice that the workspace calls so, to be used with ``model`` (None: any).

    Raises:
        ApiError: there is none, or it is a handle that has expired or is for another model.
            Another workspace's handle is none.
    """
    handle = handle_of(workspace, called) if could_be_id(called) else None
    if handle is not None and _has_expired(handle):
        raise invalid(
            "The voice handle has expired. Upload the recording again to make a new one.",
            param="voice",
            code="voice_expired",
        )
    voice = handle or _voice(workspace, called)
    if voice is None:
        raise ApiError(400, "voice_not_found", "The voice does not exist.", param="voice")
    if voice.type == VoiceType.HANDLE and model is not None and voice.made_for != model.means:
        raise invalid(
            f"The voice handle was made for {voice.made_for} and works with that model only.",
            param="voice",
            code="voice_model_mismatch",
        )
    return voice


def _voice(workspace: Workspace, called: str) -> Voice | None:
    named = meant_by(called)
    if not could_be_name(named):
        return None
    return voice_by_any_id(workspace, named) or voice_by_name(workspace, named)


def _has_expired(voice: Voice) -> bool:
    passed = voice.expires_at is not None and voice.expires_at <= timezone.now()
    return passed or voice.deleted_at is not None
