from typing import Literal

from accounts.models import Workspace
from billing.errors import IdempotencyConflictError
from billing.keys import GRANT, known_entry, stored_key
from billing.ledger import (
    MAX_REASON,
    SYSTEM,
    Parts,
    append,
    lock_wallet,
    open_period,
    require_amount,
)
from billing.models import Entry, EntryKind, EntryNote

Balance = Literal["regular", "permanent"]


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
    month. The reason is kept beside the entry, for staff alone, and goes when the workspace
    is erased.

    Raises:
        ValueError: ``amount`` is not within 1 and 10^12, there is no such balance, the
            reason is longer than 500 characters or the key longer than 240.
        IdempotencyConflictError: the key gave something else before.
    """
    require_amount(amount)
    if balance not in {"regular", "permanent"}:
        raise ValueError("the balance is regular or permanent")
    if len(reason) > MAX_REASON:
        raise ValueError(f"a reason has at most {MAX_REASON} characters")
    parts = Parts(regular=amount) if balance == "regular" else Parts(permanent=amount)
    wallet = lock_wallet(workspace)
    if idempotency_key is not None:
        known = known_entry(wallet, GRANT, idempotency_key)
        if known is not None:
            return _same(known, parts)
    if balance == "regular" and wallet.resets_at is None:
        open_period(wallet)
    key = stored_key(GRANT, idempotency_key)
    entry = append(wallet, EntryKind.GRANT, parts, actor=actor, idempotency_key=key)
    if reason:
        EntryNote.objects.create(entry=entry, text=reason)
    return entry


def _same(known: Entry, parts: Parts) -> Entry:
    if known.kind != EntryKind.GRANT or Parts(known.regular, known.permanent) != parts:
        raise IdempotencyConflictError(f"the key belongs to {known}")
    return known
