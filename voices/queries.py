"""Reads about voices; each starts from the workspace that asks."""

import re
from datetime import timedelta

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Workspace
from inference.jobs.model import LIVE, JobState
from voices.models import Voice, VoiceType, VoiceUse

POPULARITY_DAYS = 30
SPEAKING = (*LIVE, JobState.COMPLETED)
"""States of voices that texts may be given to."""

_SHORT_ID = re.compile(r"(?i)[0-9a-f]{8}")


def voices_for(workspace: Workspace, *, kind: str | None = None) -> QuerySet[Voice]:
    """Return the workspace's own voices, or the public ones for ``kind`` SYSTEM.

    Each carries ``usage_count`` (uses by this workspace) and ``popularity`` (uses by
    anybody in the last 30 days).
    """
    voices = (
        Voice.objects.public() if kind == VoiceType.SYSTEM else Voice.objects.owned_by(workspace)
    )
    return with_counts(voices, workspace)


def visible_voice(workspace: Workspace, voice_id: str) -> Voice | None:
    """Return a voice the workspace may speak with, with its counts, or None."""
    voices = Voice.objects.visible_to(workspace).filter(pk=voice_id)
    return with_counts(voices, workspace).first()


def own_voice(workspace: Workspace, voice_id: str) -> Voice | None:
    """Return one of the workspace's own voices, with its counts, or None."""
    voices = Voice.objects.owned_by(workspace).filter(pk=voice_id)
    return with_counts(voices, workspace).first()


def voice_by_name(workspace: Workspace, name: str) -> Voice | None:
    """Return the voice that a workspace calls ``name``, or None.

    A system voice's title comes first, then the unique name of one of its own voices, then
    the title of one: of the newest.
    """
    system = Voice.objects.public().filter(title__iexact=name).first()
    if system is not None:
        return system
    own = Voice.objects.owned_by(workspace).filter(state__in=SPEAKING)
    return own.filter(name=name).first() or (
        own.filter(title=name).order_by("-created_at", "-pk").first()
    )


def voice_by_any_id(workspace: Workspace, written: str) -> Voice | None:
    """Return the voice a workspace may speak with by its id, short id or handle, or None."""
    mine = Voice.objects.visible_to(workspace).filter(state__in=SPEAKING)
    if _SHORT_ID.fullmatch(written):
        # Of two with the same digits, everybody's: its id is documented.
        found = mine.filter(short_id=written.lower()).exclude(type=VoiceType.HANDLE)
        return found.order_by(F("workspace").asc(nulls_first=True)).first()
    return mine.filter(Q(pk=written) | Q(handle=written)).first()


def with_counts(voices: QuerySet[Voice], workspace: Workspace) -> QuerySet[Voice]:
    """Add ``usage_count`` and ``popularity`` to each voice."""
    since = timezone.now().date() - timedelta(days=POPULARITY_DAYS)
    uses = VoiceUse.objects.filter(voice=OuterRef("pk")).order_by().values("voice")
    return voices.annotate(
        usage_count=Coalesce(
            Subquery(uses.filter(workspace=workspace).annotate(n=Sum("count")).values("n")), 0
        ),
        popularity=Coalesce(
            Subquery(uses.filter(day__gt=since).annotate(n=Sum("count")).values("n")), 0
        ),
    )
