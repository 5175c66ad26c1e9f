"""Reads about speeches; each starts from the workspace that asks."""

from django.db.models import QuerySet

from accounts.models import Workspace
from inference.jobs.model import JobState
from speech.models import Speech
from voices.models import Voice


def speeches_of(workspace: Workspace) -> QuerySet[Speech]:
    """Return the workspace's spoken texts, newest first."""
    return Speech.objects.of(workspace).texts().order_by("-created_at")


def speech_of(workspace: Workspace, speech_id: str) -> Speech | None:
    """Return one of the workspace's spoken texts, or None."""
    return Speech.objects.of(workspace).texts().filter(pk=speech_id).first()


def submitted_speech(workspace: Workspace, speech_id: str) -> Speech | None:
    """Return one of the workspace's speeches, a deleted one too, or None."""
    return Speech.objects.filter(workspace=workspace, pk=speech_id).first()


def queued_jobs(workspace: Workspace) -> int:
    """Return how many of the workspace's jobs nobody has taken up yet."""
    waiting = {"workspace": workspace, "state": JobState.QUEUED}
    return sum(kind.objects.filter(**waiting).count() for kind in (Speech, Voice))
