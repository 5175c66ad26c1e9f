from billing.models.entry import Entry, EntryKind, EntryNote
from billing.models.payment_event import MAX_REFERENCE, PaymentEvent, PaymentKind
from billing.models.plan import MAX_CREDITS, Plan
from billing.models.signup_grant import SignupGrant
from billing.models.wallet import Wallet

__all__ = [
    "MAX_CREDITS",
    "MAX_REFERENCE",
    "Entry",
    "EntryKind",
    "EntryNote",
    "PaymentEvent",
    "PaymentKind",
    "Plan",
    "SignupGrant",
    "Wallet",
]
