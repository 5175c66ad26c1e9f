"""The one door through which credits move: take the wallet's lock, write an entry, move on.

Two triggers stand behind it: an entry must continue its wallet's chain, and a wallet's
balance changes only to what its newest entry says.
"""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Workspace
from accounts.transactions import require_transaction
from django.utils import timezone

from billing.errors import WalletMovedError
from billing.models import Entry, EntryKind, Wallet
from billing.periods import next_reset

SYSTEM = "system"
"""The actor of what nobody asked for: resets, lapses, sign-up credits."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Credits by balance, signed."""

    regular: int = 0
    permanent: int = 0


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
) -> Entry:
    """Write an entry and move a locked wallet's balances by ``parts``.

    Raises:
        WalletMovedError: somebody else wrote to the wallet in spite of the lock.
        IntegrityError: the movement breaks a rule that the database guards.
    """
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
    )
    moved = Wallet.objects.filter(pk=wallet.pk, sequence=wallet.sequence).update(
        regular=entry.regular_after,
        permanent=entry.permanent_after,
        sequence=entry.sequence,
    )
    if moved != 1:
        raise WalletMovedError
    wallet.regular = entry.regular_after
    wallet.permanent = entry.permanent_after
    wallet.sequence = entry.sequence
    return entry


def open_period(wallet: Wallet, now: datetime) -> None:
    """Give a locked wallet without a period one that ends in a month."""
    wallet.anchored_at = now
    wallet.resets_at = next_reset(now, now)
    wallet.save(update_fields=["anchored_at", "resets_at"])


def _apply_due_reset(wallet: Wallet, now: datetime) -> None:
    """Where the period has ended: let the rest lapse and begin the one that holds ``now``.

    Periods that nobody looked at are passed over: they give no credits of their own.
    """
    if wallet.resets_at is None or wallet.anchored_at is None or now < wallet.resets_at:
        return
    if wallet.regular:
        append(wallet, EntryKind.LAPSE, Parts(regular=-wallet.regular))
    wallet.resets_at = None if wallet.plan is None else next_reset(wallet.anchored_at, now)
    if wallet.plan is None:
        wallet.anchored_at = None
    wallet.save(update_fields=["resets_at", "anchored_at"])
    if wallet.plan is not None and wallet.plan.monthly_credits:
        append(wallet, EntryKind.RESET, Parts(regular=wallet.plan.monthly_credits))
