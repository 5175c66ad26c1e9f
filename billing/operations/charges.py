from typing import Any

from accounts.models import Workspace
from billing import signals
from billing.errors import InsufficientCreditsError, UnknownChargeError
from billing.ledger import SYSTEM, Parts, append, lock_wallet, require_amount
from billing.models import Entry, EntryKind


def charge(*, workspace: Workspace, amount: int, job_id: str, actor: str = SYSTEM) -> Entry:
    """Take the price of a job: regular credits first, then permanent ones.

    Raises:
        ValueError: ``amount`` is not within 1 and 10^12.
        InsufficientCreditsError: the two balances together hold less than ``amount``.
        AlreadyBilledError: the job was charged before, here or elsewhere.
        WorkspaceClosedError: the workspace is being erased, or was.
    """
    require_amount(amount)
    wallet = lock_wallet(workspace)
    held = wallet.regular + wallet.permanent
    if held < amount:
        raise InsufficientCreditsError(credits=held, needed=amount)
    regular = min(wallet.regular, amount)
    parts = Parts(regular=-regular, permanent=regular - amount)
    entry = append(wallet, EntryKind.CHARGE, parts, job_id=job_id, actor=actor)
    signals.charged.send(sender=Entry, workspace=workspace, before=held, after=held - amount)
    return entry


def refund(
    *,
    workspace: Workspace,
    job_id: str,
    amount: int | None = None,
    actor: str = SYSTEM,
    reason: str = "",
) -> int:
    """Give back a job's charge, or ``amount`` of it, once; returns the credits given back.

    Asked again, it moves nothing and returns what was given back the first time. What was
    taken last returns first (permanent, then regular). A regular part whose period has ended
    is given back and lapses at once, so that the ledger tells what became of it. The customer
    reads the reason, where there is one.

    Raises:
        UnknownChargeError: this workspace was never charged for the job.
        ValueError: ``amount`` is below 0 or above the charge.
    """
    wallet = lock_wallet(workspace)
    entries = Entry.objects.filter(wallet=wallet, job_id=job_id)
    charged = entries.filter(kind=EntryKind.CHARGE).first()
    if charged is None:
        raise UnknownChargeError
    total = -charged.amount if amount is None else amount
    if not 0 <= total <= -charged.amount:
        raise ValueError("a refund lies between 0 and the charge")
    refunded = entries.filter(kind=EntryKind.REFUND).first()
    if refunded is not None:
        return refunded.amount
    if total == 0:
        return 0
    permanent = min(-charged.permanent, total)
    regular = total - permanent
    period = charged.period
    about: dict[str, Any] = {"job_id": job_id, "period": period, "actor": actor}
    append(wallet, EntryKind.REFUND, Parts(regular, permanent), reason=reason, **about)
    if regular and period != wallet.period:
        append(wallet, EntryKind.LAPSE, Parts(regular=-regular), **about)
    return total
