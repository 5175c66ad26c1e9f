"""What the Venice dialect answers: audio, and rows in the shapes that OpenAI's clients read."""

from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse

from accounts.models import Workspace
from billing.queries import limits_of
from inference.audio.encode import content_type
from speech.models import Speech
from voiceclone.api.venice.catalogue import TYPE, CataloguedModel
from voiceclone.api.venice.uploads import CONTAINERS, MIN_SECONDS
from voices.models import Voice
from voices.queries import SPEAKING
from voices.titles import by_title

_CREATED = 1_767_225_600  # 2026-01-01: one date for all, which says nothing
_BLOCK = 64 * 1024


class _Audio(FileResponse):
    block_size = _BLOCK


def audio(speech: Speech) -> FileResponse:
    """Return a completed speech's audio, from where it is stored."""
    kind = content_type(speech.format, speech.sample_rate)
    file = default_storage.open(speech.audio_name)
    return _Audio(file, content_type=kind, headers={**speech.made_by, **charged(speech)})


def charged(speech: Speech) -> dict[str, str]:
    """Return the headers that say which speech it is and what it cost."""
    return {"x-speech-id": speech.pk, "x-credits-used": str(speech.credits_used)}


def handle_body(voice: Voice) -> dict[str, Any]:
    """Return a handle as POST /audio/voices shows it."""
    return {"id": voice.handle, "model": voice.made_for}


def voice_list(workspace: Workspace) -> dict[str, Any]:
    """Return the voices that last: the workspace's own, the newest first, and the public ones."""
    own = Voice.objects.owned_by(workspace).filter(state__in=SPEAKING)
    rows = [*_named(own.order_by("-created_at", "pk")), *_named(_public())]
    return {"voices": [{"id": voice_id, "name": title} for voice_id, title in rows]}


def model_list(models: tuple[CataloguedModel, ...], workspace: Workspace) -> dict[str, Any]:
    """Return models as GET /models shows them."""
    spec = _spec()
    return {"object": "list", "data": [_model(model, spec, workspace) for model in models]}


def model_body(model: CataloguedModel, workspace: Workspace) -> dict[str, Any]:
    """Return a model as GET /models/{id} shows it."""
    return _model(model, _spec(), workspace)


def _model(model: CataloguedModel, spec: dict[str, Any], workspace: Workspace) -> dict[str, Any]:
    cloning = {
        "mode": "zero_shot",
        "accepted_formats": list(CONTAINERS),
        "min_sample_seconds": int(MIN_SECONDS),
        "retention_days": limits_of(workspace).handle_days,
    }
    return {
        "id": model.id,
        "object": "model",
        "created": _CREATED,
        "owned_by": "voiceclone",
        "type": TYPE,
        "model_spec": spec | ({"voice_cloning": cloning} if model.clones else {}),
    }


def _spec() -> dict[str, Any]:
    return {"engine": settings.ENGINE, "voices": [title for _id, title in _named(_public())]}


def _public() -> Any:
    return Voice.objects.public().order_by(by_title())


def _named(voices: Any) -> list[tuple[str, str]]:
    return list(voices.values_list("pk", "title"))
