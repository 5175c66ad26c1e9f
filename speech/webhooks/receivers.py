from typing import Any

from django.conf import settings
from django.dispatch import receiver

from accounts.models import Workspace
from billing.signals import charged
from inference.jobs.lifecycle import job_settled
from speech.models import EventType, Speech
from speech.webhooks.emit import emit, emit_settled
from voices.models import Voice


@receiver(job_settled)
def _tell_of_end(*, job: Any, **_kwargs: Any) -> None:
    if isinstance(job, Voice | Speech):
        emit_settled(job)


@receiver(charged)
def _tell_of_low_credits(*, workspace: Workspace, before: int, after: int, **_kwargs: Any) -> None:
    """Tell once when the balance falls below the threshold, not while it stays there."""
    threshold = settings.CREDITS_LOW_THRESHOLD
    if after < threshold <= before:
        emit(
            workspace=workspace,
            event_type=EventType.CREDITS_LOW,
            data={"credits": after, "threshold": threshold},
        )
