from typing import Literal

from accounts.models import Workspace
from billing import signals
from billing.errors import IdempotencyConflictError, InsufficientCreditsError
from billing.keys import ADJUST, known_entry, stored_key
from billing.ledger import Parts, append, lock_wallet, require_amount, require_reason
from billing.models import Entry, EntryKind, Wallet

Source = Literal["permanent", "regular", "both"]
"""Which balance credits are taken from; ``both`` takes permanent ones first."""


def take_back(
    *,
    workspace: Workspace,
    amount: int,
    reason: str,
    actor: str,
    source: Source = "permanent",
    up_to: bool = False,
    idempotency_key: str | None = None,
) -> Entry:
    """Take ``amount`` credits from a wallet; the same idempotency key takes them once.

    ``both`` takes permanent credits first, then regular ones: what was granted or bought by
    mistake is permanent, and a subscription's month stays as long as it can. ``up_to`` takes
    what is there where that is less than ``amount``. The customer reads the reason, and it
    stays in the ledger for good.

    Raises:
        ValueError: ``amount`` is not within 1 and 10^12, there is no such balance, or the
            reason is empty or longer than 500 characters.
        InsufficientCreditsError: the balance holds less than ``amount``, or nothing at all.
        IdempotencyConflictError: the key stands for something else.
    """
    require_amount(amount)
    require_reason(reason)
    if source not in {"permanent", "regular", "both"}:
        raise ValueError("credits are taken from permanent, regular or both")
    wallet = lock_wallet(workspace)
    if idempotency_key is not None:
        known = known_entry(wallet, ADJUST, idempotency_key)
        if known is not None:
            return _same(known, amount, reason, up_to=up_to)
    parts = _parts(wallet, amount, source, up_to=up_to)
    before = wallet.regular + wallet.permanent
    entry = append(
        wallet,
        EntryKind.ADJUST,
        parts,
        actor=actor,
        reason=reason,
        idempotency_key=stored_key(ADJUST, idempotency_key),
    )
    signals.charged.send(
        sender=Entry, workspace=workspace, before=before, after=before + entry.amount
    )
    return entry


def _parts(wallet: Wallet, amount: int, source: Source, *, up_to: bool) -> Parts:
    permanent = 0 if source == "regular" else wallet.permanent
    regular = 0 if source == "permanent" else wallet.regular
    held = permanent + regular
    if held == 0 or (held < amount and not up_to):
        raise InsufficientCreditsError(credits=held, needed=amount)
    taken = min(amount, held)
    from_permanent = min(permanent, taken)
    return Parts(regular=from_permanent - taken, permanent=-from_permanent)


def _same(known: Entry, amount: int, reason: str, *, up_to: bool) -> Entry:
    taken = -known.amount
    fits = taken <= amount if up_to else taken == amount
    if known.kind != EntryKind.ADJUST or known.reason != reason or not fits:
        raise IdempotencyConflictError(f"the key belongs to {known}")
    return known
