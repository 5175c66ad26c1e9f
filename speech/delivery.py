"""What of a speech's audio has been given to its customer while it was made.

A job that does not complete is paid for up to that. The position is cumulative and belongs to one
attempt, so audio that is sent twice is paid once, and a late note of a lost attempt changes
nothing.
"""

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Least

from inference.jobs.clock import db_now
from inference.jobs.model import JobState
from speech.models import Speech

_AUDIBLE = (JobState.RUNNING, JobState.COMPLETED)


def begin_delivery(speech_id: str, attempt: int) -> bool:
    """Note that audio of an attempt is about to be sent; call this before the first byte.

    From then on no other attempt makes audio for this speech: a second take might not continue
    the first.

    Returns:
        False where the attempt is no longer the speech's, so that nothing of it may be sent.
    """
    current = Speech.objects.filter(pk=speech_id, attempt=attempt, state__in=_AUDIBLE)
    return bool(current.update(streamed_at=Coalesce("streamed_at", db_now())))


def note_delivered(speech_id: str, attempt: int, text_bytes: int) -> None:
    """Note that an attempt's audio of the first ``text_bytes`` bytes of the text has been sent."""
    running = Speech.objects.filter(pk=speech_id, state=JobState.RUNNING, attempt=attempt)
    running.update(delivered=Greatest(F("delivered"), Least(F("cost"), text_bytes)))
