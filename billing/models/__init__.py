from billing.models.entry import Entry, EntryKind, EntryNote
from billing.models.plan import Plan
from billing.models.wallet import Wallet

__all__ = ["Entry", "EntryKind", "EntryNote", "Plan", "Wallet"]
