"""Who asks, whose things are not theirs, and a server from which recordings are fetched."""

import io
import itertools
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from accounts.api_keys import create_api_key, revoke_api_key
from accounts.models import ApiKey, Scope
from inference.audio.decode import probe
from inference.jobs.lifecycle import end
from inference.jobs.model import JobState
from tests.support import recordings
from tests.support.callers import Caller, make_caller
from voices.models import Voice
from voices.passing import make_handle

CLONING_MODEL = "tts-chatterbox-hd"


class Shelf:
    """Recordings by the path under which a server hands them out."""

    def __init__(self, url: str, held: dict[str, bytes]) -> None:
        self._url = url
        self._held = held
        self._numbers = itertools.count()

    def put(self, content: bytes) -> str:
        """Return the address of a recording."""
        path = f"/{next(self._numbers)}.wav"
        self._held[path] = content
        return f"{self._url}{path}"


class World:
    """Two customers, made when they are first spoken of."""

    def __init__(self, shelf: Shelf, settings: Any) -> None:
        self.shelf = shelf
        self._settings = settings

    def let_ask_once(self) -> None:
        """Have every key submit once a minute from now on."""
        self._settings.RATE_LIMIT_SUBMISSIONS = 1
        self._settings.RATE_LIMIT_RUNPOD_SUBMISSIONS = 1
        cache.clear()

    @cached_property
    def ada(self) -> Caller:
        """Who asks; she has 10,000 credits."""
        return make_caller("Ada")

    @cached_property
    def grace(self) -> Caller:
        """Whose things Ada must not see."""
        return make_caller("Grace")

    def key(self, *scopes: str, expired: bool = False, revoked: bool = False) -> str:
        """Return one more key of Ada's."""
        workspace = self.ada.workspace
        row, written = create_api_key(
            workspace=workspace, name="another", scopes=scopes or Scope.values
        )
        if expired:
            past = timezone.now() - timedelta(seconds=1)
            ApiKey.objects.filter(pk=row.pk).update(expires_at=past)
        if revoked:
            revoke_api_key(workspace=workspace, key_id=row.pk)
        return written

    def voice(self, owner: Caller) -> str:
        return owner.own_voice(title=f"{owner.workspace.name}'s")

    def deleted_voice(self) -> str:
        voice_id: str = self.ada.clone().json()["voiceId"]
        self.ada.delete(f"/api/v1/voices/{voice_id}")
        return voice_id

    def failed_voice(self) -> str:
        """A clone that came to nothing."""
        voice_id: str = self.ada.clone().json()["voiceId"]
        end(Voice, voice_id, JobState.FAILED, code="CLONE_FAILED", message="It failed.")
        return voice_id

    def handle(self, owner: Caller, *, expired: bool = False) -> str:
        content = io.BytesIO(recordings.wav(6.0))
        voice = make_handle(
            workspace=owner.workspace,
            recording=content,
            info=probe(content),
            made_for=CLONING_MODEL,
        )
        if expired:
            past = timezone.now() - timedelta(seconds=1)
            Voice.objects.filter(pk=voice.pk).update(expires_at=past)
        assert voice.handle is not None
        return voice.handle
