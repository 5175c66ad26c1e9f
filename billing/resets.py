"""What the end of a period brings, computed once for those who write it and who read it."""

from dataclasses import dataclass
from datetime import datetime

from billing.models import Plan, Wallet
from billing.periods import next_reset


@dataclass(frozen=True, slots=True)
class Renewal:
    """How a wallet stands once its period has ended: its regular credits, and until when."""

    plan: Plan | None
    regular: int
    resets_at: datetime | None


def due_renewal(wallet: Wallet, now: datetime) -> Renewal | None:
    """Return what a wallet's reset brings; None where none is due.

    A plan chosen for the reset takes its place then. Periods that nobody looked at are
    passed over: they give no credits of their own.
    """
    if wallet.resets_at is None or wallet.anchored_at is None or now < wallet.resets_at:
        return None
    plan = None if wallet.ends_at_reset else wallet.next_plan or wallet.plan
    if plan is None:
        return Renewal(plan=None, regular=0, resets_at=None)
    return Renewal(plan, plan.monthly_credits, next_reset(wallet.anchored_at, now))
