"""Reads about credits; none of them writes."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Workspace
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from billing.models import Entry, Plan, Wallet
from billing.periods import next_reset


@dataclass(frozen=True, slots=True)
class BalanceView:
    """What a workspace can spend now."""

    regular: int
    permanent: int
    resets_at: datetime | None

    @property
    def total(self) -> int:
        """Both balances together."""
        return self.regular + self.permanent


def balance_of(workspace: Workspace) -> BalanceView:
    """Return the balances as a charge at this moment would find them.

    A reset that is due counts as done, without a write.
    """
    wallet = Wallet.objects.select_related("plan").get(workspace=workspace)
    now = timezone.now()
    regular, resets_at = wallet.regular, wallet.resets_at
    if resets_at is not None and wallet.anchored_at is not None and now >= resets_at:
        plan = wallet.plan
        regular = 0 if plan is None else plan.monthly_credits
        resets_at = None if plan is None else next_reset(wallet.anchored_at, now)
    return BalanceView(regular, wallet.permanent, resets_at)


def entries_of(workspace: Workspace) -> QuerySet[Entry]:
    """Return a workspace's entries, newest first."""
    return Entry.objects.filter(wallet__workspace=workspace).order_by("-sequence")


def plans_on_offer() -> QuerySet[Plan]:
    """Return the plans that can be had, the smallest first."""
    return Plan.objects.filter(active=True).order_by("monthly_credits", "name")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workspace may do at a time."""

    submissions_per_minute: int
    polls_per_minute: int
    concurrent_jobs: int


def limits_of(workspace: Workspace) -> Limits:  # noqa: ARG001 - plans will have their own
    """Return the limits of a workspace."""
    return Limits(
        settings.RATE_LIMIT_SUBMISSIONS, settings.RATE_LIMIT_POLLS, settings.CONCURRENT_JOBS
    )
