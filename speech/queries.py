"""Reads about speeches; each starts from the workspace that asks."""

from accounts.models import Workspace
from django.db.models import QuerySet

from speech.models import Speech


def speeches_of(workspace: Workspace) -> QuerySet[Speech]:
    """Return the workspace's speeches, newest first."""
    return Speech.objects.of(workspace).order_by("-created_at")


def speech_of(workspace: Workspace, speech_id: str) -> Speech | None:
    """Return one of the workspace's speeches, or None."""
    return Speech.objects.of(workspace).filter(pk=speech_id).first()
