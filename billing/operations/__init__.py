"""What the rest of the service does with credits. Each needs an open transaction."""

from billing.operations.adjustments import Source, take_back
from billing.operations.charges import charge, refund
from billing.operations.grants import Balance, grant
from billing.operations.signup import grant_signup_credits
from billing.operations.subscriptions import (
    change_plan,
    end_subscription,
    record_purchase,
    start_subscription,
)
from billing.operations.wallets import lapse, open_wallet, reset

__all__ = [
    "Balance",
    "Source",
    "change_plan",
    "charge",
    "end_subscription",
    "grant",
    "grant_signup_credits",
    "lapse",
    "open_wallet",
    "record_purchase",
    "refund",
    "reset",
    "start_subscription",
    "take_back",
]
