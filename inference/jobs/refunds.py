"""Giving back the price of a job that has ended, because staff decided so."""

from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from billing.operations import refund
from inference.jobs.errors import StateConflictError
from inference.jobs.model import Job

J = TypeVar("J", bound=Job)


class NothingToRefundError(Exception):
    """The job cost nothing, or its charge was given back before, in whole or in part."""

    code = "NOTHING_TO_REFUND"


def refund_ended(
    kind: type[J], job_id: str, *, amount: int | None = None, reason: str, actor: str
) -> J:
    """Give back the price of an ended job, or ``amount`` credits of it; its state stays.

    A job is refunded once. One that failed was refunded when it did.

    Raises:
        StateConflictError: the job has not ended; cancelling it gives its price back.
        NothingToRefundError: nothing is left that a refund could give back.
        ValueError: ``amount`` is not within 1 and the job's price.
    """
    with transaction.atomic():
        job = kind.rows().select_for_update().get(pk=job_id)
        if not job.is_final:
            raise StateConflictError
        if job.cost == 0 or job.refunded:
            raise NothingToRefundError
        if amount is not None and not 1 <= amount <= job.cost:
            raise ValueError(f"a refund of this job lies between 1 and {job.cost} credits")
        returned = refund(
            workspace=job.workspace, job_id=job.pk, amount=amount, actor=actor, reason=reason
        )
        kind.rows().filter(pk=job.pk).update(refunded=returned, updated_at=timezone.now())
        return kind.get(job.pk)
