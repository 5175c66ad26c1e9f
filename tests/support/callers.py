"""Customers' programs, which call the API without a network between."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from accounts.api_keys import create_api_key
from accounts.models import ApiKey, Scope, Workspace
from accounts.operations import create_workspace
from billing.operations import grant
from billing.queries import balance_of
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.runner import run_claimed
from speech.downloads import claim_download, run_download
from speech.models import Speech
from tests.support import recordings
from voices.models import Voice
from voices.system import system_voice_id

AARON = system_voice_id("Aaron")
"""The id of a system voice."""

UNSPEAKABLE = "<break/>"
"""A text in which the engine finds nothing to speak once it is at work."""


@dataclass
class Caller:
    """A workspace, one of its keys, and a client that sends the key along."""

    workspace: Workspace
    key: ApiKey
    written: str
    client: Client = field(repr=False)

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def send(self, path: str, body: object = None, *, method: str = "POST", **options: Any) -> Any:
        """Send ``body`` as JSON (bytes as they are)."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        options = {"content_type": "application/json"} | options
        return self.client.generic(method, path, content, **options)

    def delete(self, path: str) -> Any:
        return self.client.delete(path)

    def clone(self, recording: bytes | None = None, name: str = "voice.wav", **fields: Any) -> Any:
        """Upload a recording; an own WAV of two seconds where none is given."""
        content = recordings.wav() if recording is None else recording
        form = {"voice": SimpleUploadedFile(name, content), **fields}
        return self.client.post("/api/v1/voice-clone", form)

    def say(self, text: str = "Good morning.", voice: str = AARON, **more: Any) -> Any:
        return self.send("/api/v1/tts", {"text": text, "voiceId": voice, **more})

    def credits(self) -> int:
        return balance_of(self.workspace).total

    def own_voice(self, **fields: Any) -> str:
        """Clone a voice, have the clone done, and return its id."""
        voice_id = self.clone(**fields).json()["voiceId"]
        run_jobs()
        assert Voice.get(voice_id).state == "COMPLETED"
        return str(voice_id)

    def own_speech(self, **fields: Any) -> str:
        """Have a text spoken and return the speech's id."""
        speech_id = self.say(**fields).json()["speechId"]
        run_jobs()
        assert Speech.get(speech_id).state == "COMPLETED"
        return str(speech_id)


def nobody(**headers: str) -> Client:
    """Return a client without a key."""
    return Client(raise_request_exception=False, headers=headers)


def with_key(written: str) -> Client:
    """Return a client that sends a key, whatever it is worth."""
    return nobody(Authorization=f"Bearer {written}")


def make_caller(
    name: str,
    *,
    balance: int = 10_000,
    scopes: Iterable[str] = tuple(Scope.values),
) -> Caller:
    """Make a workspace with permanent credits and a key."""
    with transaction.atomic():
        workspace = create_workspace(name=name)
        if balance:
            grant(workspace=workspace, amount=balance)
    return another_key(workspace, scopes=scopes)


def another_key(workspace: Workspace, *, scopes: Iterable[str] = tuple(Scope.values)) -> Caller:
    """Make one more key of a workspace."""
    key, written = create_api_key(workspace=workspace, name="a program", scopes=scopes)
    return Caller(workspace, key, written, with_key(written))


def run_jobs() -> None:
    """Make all downloads and do all queued jobs here and now, as a worker would."""
    while (download := claim_download()) is not None:
        run_download(download)
    while (held := claim_next()) is not None:
        run_claimed(held)
