"""Namespaces of the idempotency keys in a wallet's ledger, so that none can meet another's.

Payments have ``started:REF``, ``changed:REF`` and ``purchased:REF``, sign-up credits
``signup:PERSON``; what callers choose themselves stands behind ``grant:`` or ``adjust:``.
"""

from billing.models import Entry, EntryKind, PaymentKind, Wallet

GRANT = "grant"
ADJUST = "adjust"
MAX_KEY = 240
"""The most characters of a key that a caller may choose."""

_OTHERS = tuple(f"{name}:" for name in (*PaymentKind.values, "signup", GRANT, ADJUST))


def stored_key(namespace: str, key: str | None) -> str | None:
    """Return how a caller's key is stored.

    Raises:
        ValueError: it is empty or longer than 240 characters.
    """
    if key is None:
        return None
    if not 1 <= len(key) <= MAX_KEY:
        raise ValueError(f"an idempotency key has 1 to {MAX_KEY} characters")
    return f"{namespace}:{key}"


def known_entry(wallet: Wallet, namespace: str, key: str) -> Entry | None:
    """Return the entry that a caller's key stands for.

    Grants were once stored under the bare key; those still count.
    """
    entries = Entry.objects.filter(wallet=wallet)
    found = entries.filter(idempotency_key=stored_key(namespace, key)).first()
    if found is None and namespace == GRANT and not key.startswith(_OTHERS):
        return entries.filter(kind=EntryKind.GRANT, idempotency_key=key).first()
    return found
