"""Reads about voices; each starts from the workspace that asks."""

from datetime import timedelta

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Workspace
from voices.models import Voice, VoiceType, VoiceUse

POPULARITY_DAYS = 30


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
