"""What the rest of the service does with credits. Each needs an open transaction."""

from typing import Literal

from accounts.models import Workspace
from accounts.transactions import require_transaction
from django.conf import settings
from django.utils import timezone

from billing.errors import InsufficientCreditsError, UnknownChargeError
from billing.ledger import SYSTEM, Parts, append, lock_wallet, open_period
from billing.models import Entry, EntryKind, EntryNote, Plan, Wallet
from billing.periods import next_reset

Balance = Literal["regular", "permanent"]


def open_wallet(*, workspace: Workspace) -> Wallet:
    """Make a workspace's wallet, with the credits a sign-up is given."""
    require_transaction()
    wallet = Wallet.objects.create(workspace=workspace)
    if settings.SIGNUP_CREDITS:
        append(wallet, EntryKind.GRANT, Parts(permanent=settings.SIGNUP_CREDITS))
    return wallet


def grant(
    *,
    workspace: Workspace,
    amount: int,
    balance: Balance = "permanent",
    actor: str = SYSTEM,
    reason: str = "",
    idempotency_key: str | None = None,
) -> Entry:
    """Give ``amount`` credits; the same idempotency key gives them once.

    Regular credits live until the wallet's reset; a wallet without a period gets one of a
    month.

    Raises:
        ValueError: ``amount`` is not above 0.
    """
    if amount <= 0:
        raise ValueError("a grant is above 0")
    wallet = lock_wallet(workspace)
    if idempotency_key is not None:
        known = Entry.objects.filter(wallet=wallet, idempotency_key=idempotency_key).first()
        if known is not None:
            return known
    if balance == "regular" and wallet.resets_at is None:
        open_period(wallet, timezone.now())
    parts = Parts(regular=amount) if balance == "regular" else Parts(permanent=amount)
    entry = append(
        wallet, EntryKind.GRANT, parts, actor=actor, idempotency_key=idempotency_key
    )
    if reason:
        EntryNote.objects.create(entry=entry, text=reason)
    return entry


def charge(*, workspace: Workspace, amount: int, job_id: str, actor: str = SYSTEM) -> Entry:
    """Take the price of a job: regular credits first, then permanent ones.

    Raises:
        ValueError: ``amount`` is not above 0.
        InsufficientCreditsError: the two balances together hold less than ``amount``.
    """
    if amount <= 0:
        raise ValueError("a charge is above 0")
    wallet = lock_wallet(workspace)
    held = wallet.regular + wallet.permanent
    if held < amount:
        raise InsufficientCreditsError(credits=held, needed=amount)
    regular = min(wallet.regular, amount)
    parts = Parts(regular=-regular, permanent=regular - amount)
    return append(wallet, EntryKind.CHARGE, parts, job_id=job_id, actor=actor)


def refund(*, workspace: Workspace, job_id: str, amount: int | None = None) -> int:
    """Give back a job's charge, or ``amount`` of it, once; returns the credits given back.

    What was taken last returns first (permanent, then regular). A regular part whose period
    has ended is given back and lapses at once, so that the ledger tells what became of it.

    Raises:
        UnknownChargeError: this workspace was never charged for the job.
        ValueError: ``amount`` is below 0 or above the charge.
    """
    wallet = lock_wallet(workspace)
    charged = Entry.objects.filter(
        wallet=wallet, kind=EntryKind.CHARGE, job_id=job_id
    ).first()
    if charged is None:
        raise UnknownChargeError
    total = -charged.amount if amount is None else amount
    if not 0 <= total <= -charged.amount:
        raise ValueError("a refund lies between 0 and the charge")
    if total == 0 or Entry.objects.filter(kind=EntryKind.REFUND, job_id=job_id).exists():
        return 0
    permanent = min(-charged.permanent, total)
    regular = total - permanent
    ended = regular > 0 and charged.period != wallet.period
    append(wallet, EntryKind.REFUND, Parts(regular, permanent), job_id=job_id, period=charged.period)
    if ended:
        append(
            wallet, EntryKind.LAPSE, Parts(regular=-regular), job_id=job_id, period=charged.period
        )
    return total


def lapse(*, workspace: Workspace, actor: str = SYSTEM) -> int:
    """Let all regular credits lapse now, as when a subscription ends; returns how many."""
    wallet = lock_wallet(workspace)
    lapsed = wallet.regular
    if lapsed:
        append(wallet, EntryKind.LAPSE, Parts(regular=-lapsed), actor=actor)
    return lapsed


def reset(*, workspace: Workspace) -> Wallet:
    """Apply a reset that is due; returns the wallet as it then stands."""
    return lock_wallet(workspace)


def subscribe(*, workspace: Workspace, plan: Plan, actor: str = SYSTEM) -> Wallet:
    """Put a workspace on ``plan`` from now on; the first month's credits come at once.

    What is left of earlier regular credits lapses: the plan's amount replaces it.
    """
    wallet = lock_wallet(workspace)
    lapsed = wallet.regular
    if lapsed:
        append(wallet, EntryKind.LAPSE, Parts(regular=-lapsed), actor=actor)
    now = timezone.now()
    wallet.plan = plan
    wallet.anchored_at = now
    wallet.resets_at = next_reset(now, now)
    wallet.save(update_fields=["plan", "anchored_at", "resets_at"])
    if plan.monthly_credits:
        append(wallet, EntryKind.RESET, Parts(regular=plan.monthly_credits), actor=actor)
    return wallet
