"""The people and workspaces of these tests, and what happened in them."""

import re

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from accounts.operations import create_personal_workspace
from billing.operations import charge, grant
from inference.jobs.model import JobState
from speech.models import Speech
from voices.models import Voice
from voices.models.voice import new_short_id

PASSWORD = "correct horse battery staple"


def person(name: str, **fields) -> User:
    return User.objects.create_user(f"{name}@example.com", PASSWORD, **fields)


def owner(name: str) -> tuple[User, Workspace]:
    """Make a person with a workspace of their own, which holds 1,000 permanent credits."""
    user = person(name)
    with transaction.atomic():
        workspace = create_personal_workspace(user=user)
        grant(workspace=workspace, amount=1000)
    return user, workspace


def join(workspace: Workspace, user: User, role: Role = Role.MEMBER) -> Membership:
    return Membership.objects.create(workspace=workspace, user=user, role=role)


def browser_of(user: User, **options) -> Client:
    browser = Client(**options)
    browser.force_login(user)
    return browser


def words_on(answer) -> str:
    """Return a page without the token that differs each time it is asked for."""
    page = answer.content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


def token_on(answer) -> str:
    """Return what a form is known by when it is sent twice."""
    return re.search(r'name="token" value="([^"]+)"', answer.content.decode())[1]


def voice_of(workspace: Workspace, title: str = "Grandmother", **fields) -> Voice:
    name = default_storage.save(f"voices/{workspace.pk}/reference.mp3", ContentFile(b"audio"))
    given = {
        "state": JobState.COMPLETED,
        "short_id": new_short_id(),
        "finished_at": timezone.now(),
        "reference_name": name,
        "reference_type": "audio/mpeg",
        "duration": 12.5,
        "engine": "espeak",
    }
    return Voice.objects.create(workspace=workspace, title=title, **{**given, **fields})


def speech_in(voice: Voice, text: str, **fields) -> Speech:
    """Make a speech that was paid for; completed, with its audio, unless told otherwise."""
    assert voice.workspace is not None
    given = {"state": JobState.COMPLETED, "finished_at": timezone.now()}
    if "state" not in fields:
        name = f"speeches/{voice.workspace.pk}/speech.mp3"
        given["audio_name"] = default_storage.save(name, ContentFile(b"audio"))
    with transaction.atomic():
        speech = Speech.objects.create(
            workspace=voice.workspace,
            voice=voice,
            voice_title=voice.title,
            voice_type=voice.type,
            text=text,
            seed=7,
            engine="espeak",
            cost=len(text.encode()),
            **{**given, **fields},
        )
        charge(workspace=voice.workspace, amount=speech.cost, job_id=speech.pk)
    return speech
