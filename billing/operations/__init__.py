"""What the rest of the service does with credits. Each needs an open transaction."""

from billing.operations.charges import charge, refund
from billing.operations.grants import Balance, grant
from billing.operations.subscriptions import (
    change_plan,
    end_subscription,
    record_purchase,
    start_subscription,
)
from billing.operations.wallets import lapse, open_wallet, reset

__all__ = [
    "Balance",
    "change_plan",
    "charge",
    "end_subscription",
    "grant",
    "lapse",
    "open_wallet",
    "record_purchase",
    "refund",
    "reset",
    "start_subscription",
]
