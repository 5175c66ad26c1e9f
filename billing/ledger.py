"""The one door through which credits move: take the wallet's lock, then write an entry.

Triggers stand behind it: an entry must continue its wallet's chain and moves the wallet as
it is written; a balance changes in no other way.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import Workspace
from accounts.transactions import require_transaction
from billing.integrity import translated
from billing.models import MAX_CREDITS, Entry, EntryKind, Plan, Wallet
from billing.periods import next_reset
from billing.resets import due_renewal

SYSTEM = "system"
"""The actor of what nobody asked for: resets, lapses, sign-up credits."""

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Parts:
    """Credits by balance, signed."""

    regular: int = 0
    permanent: int = 0


def require_amount(amount: int) -> None:
    """Refuse what cannot be a movement of credits.

    Raises:
        ValueError: ``amount`` is not within 1 and 10^12.
    """
    if not 1 <= amount <= MAX_CREDITS:
        raise ValueError(f"an amount of credits lies between 1 and {MAX_CREDITS}")


def require_reason(reason: str) -> None:
    """Refuse what says nothing, or more than an entry holds.

    Raises:
        ValueError: the reason is blank or longer than 500 characters.
    """
    if not reason.strip() or len(reason) > MAX_REASON:
        raise ValueError(f"a reason has 1 to {MAX_REASON} characters")


def lock_wallet(workspace: Workspace) -> Wallet:
    """Return the workspace's wallet, locked until the transaction ends and up to date.

    PostgreSQL locks the row; on SQLite the transaction (IMMEDIATE) already holds the file.
    """
    require_transaction()
    wallet = Wallet.objects.select_for_update().get(workspace=workspace)
    _apply_due_reset(wallet, timezone.now())
    return wallet


def append(
    wallet: Wallet,
    kind: EntryKind,
    parts: Parts,
    *,
    actor: str = SYSTEM,
    job_id: str | None = None,
    idempotency_key: str | None = None,
    period: str | None = None,
    reason: str = "",
) -> Entry:
    """Write an entry of a locked wallet, which moves its balances by ``parts``.

    Raises:
        AlreadyBilledError: the job has an entry of this kind.
        IdempotencyConflictError: the wallet has an entry with this key.
        WalletMovedError: somebody else wrote to the wallet in spite of the lock.
        IntegrityError: the movement breaks another rule that the database guards.
    """
    with translated():
        entry = Entry.objects.create(
            wallet=wallet,
            sequence=wallet.sequence + 1,
            kind=kind,
            regular=parts.regular,
            permanent=parts.permanent,
            regular_after=wallet.regular + parts.regular,
            permanent_after=wallet.permanent + parts.permanent,
            job_id=job_id,
            idempotency_key=idempotency_key,
            period=period or wallet.period,
            actor=actor,
            reason=reason,
        )
    wallet.regular = entry.regular_after
    wallet.permanent = entry.permanent_after
    wallet.sequence = entry.sequence
    return entry


def lapse_regular(wallet: Wallet, *, actor: str = SYSTEM) -> int:
    """Let a locked wallet's regular credits lapse; returns how many there were."""
    lapsed = wallet.regular
    if lapsed:
        append(wallet, EntryKind.LAPSE, Parts(regular=-lapsed), actor=actor)
    return lapsed


def open_period(wallet: Wallet, *, plan: Plan | None = None) -> None:
    """Have a locked wallet's month, with or without a plan, begin now."""
    now = timezone.now()
    set_terms(wallet, plan=plan, anchored_at=now, resets_at=next_reset(now, now))


def set_terms(
    wallet: Wallet,
    *,
    plan: Plan | None,
    anchored_at: datetime | None,
    resets_at: datetime | None,
) -> None:
    """Write a locked wallet's plan and period; a change that waited for a reset is gone."""
    wallet.plan = plan
    wallet.next_plan = None
    wallet.ends_at_reset = False
    wallet.anchored_at = anchored_at
    wallet.resets_at = resets_at
    wallet.save(update_fields=["plan", "next_plan", "ends_at_reset", "anchored_at", "resets_at"])


def _apply_due_reset(wallet: Wallet, now: datetime) -> None:
    """Where the period has ended: let the rest lapse and begin the one that holds ``now``."""
    renewal = due_renewal(wallet, now)
    if renewal is None:
        return
    lapse_regular(wallet)
    set_terms(
        wallet,
        plan=renewal.plan,
        anchored_at=None if renewal.resets_at is None else wallet.anchored_at,
        resets_at=renewal.resets_at,
    )
    if renewal.regular:
        append(wallet, EntryKind.RESET, Parts(regular=renewal.regular))
