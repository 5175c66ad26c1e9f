"""Reads about credits; none of them writes."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Case, F, PositiveIntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import User, Workspace
from billing.models import Entry, Plan, SignupGrant, Wallet
from billing.resets import Renewal, due_renewal


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


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a workspace may ask for: requests a minute, jobs at a time, days of a handle."""

    submissions_per_minute: int
    polls_per_minute: int
    concurrent_jobs: int
    handle_days: int


def balance_of(workspace: Workspace) -> BalanceView:
    """Return the balances as a charge at this moment would find them.

    A reset that is due counts as done, without a write.
    """
    wallet, terms = _standing(workspace)
    return BalanceView(terms.regular, wallet.permanent, terms.resets_at)


def default_limits() -> Limits:
    """Return the limits of who has no plan, or is not known."""
    return Limits(
        submissions_per_minute=settings.RATE_LIMIT_SUBMISSIONS,
        polls_per_minute=settings.RATE_LIMIT_POLLS,
        concurrent_jobs=settings.CONCURRENT_JOBS,
        handle_days=settings.RETENTION_HANDLE_DAYS,
    )


def limits_of(workspace: Workspace, *, default: Limits | None = None) -> Limits:
    """Return the limits of a workspace's plan; what that leaves open is as in ``default``.

    Without it, as the settings say.
    """
    _wallet, terms = _standing(workspace)
    plan, default = terms.plan, default or default_limits()
    if plan is None:
        return default
    return Limits(
        plan.submissions_per_minute or default.submissions_per_minute,
        plan.polls_per_minute or default.polls_per_minute,
        plan.concurrent_jobs or default.concurrent_jobs,
        plan.handle_days or default.handle_days,
    )


def concurrent_jobs_limit(wallet: str) -> Case:
    """Return ``Limits.concurrent_jobs`` as an expression; ``wallet`` is the path to the wallet.

    It agrees with :func:`limits_of`: a change of plan that is due counts as done.
    """
    default = Value(settings.CONCURRENT_JOBS, PositiveIntegerField())
    is_due = Q(**{f"{wallet}__resets_at__lte": Now()})
    return Case(
        When(is_due & Q(**{f"{wallet}__ends_at_reset": True}), then=default),
        When(
            is_due & Q(**{f"{wallet}__next_plan__isnull": False}),
            then=Coalesce(F(f"{wallet}__next_plan__concurrent_jobs"), default),
        ),
        default=Coalesce(F(f"{wallet}__plan__concurrent_jobs"), default),
    )


def entries_of(workspace: Workspace) -> QuerySet[Entry]:
    """Return a workspace's entries, newest first."""
    return Entry.objects.filter(wallet__workspace=workspace).order_by("-sequence")


def credits_awaiting_confirmation(person: User) -> int:
    """Return the credits that come when a person confirms their address; 0 where none do.

    It does not say whether the address gave credits before: who has not confirmed it shall not
    learn who else uses it.
    """
    if not settings.SIGNUP_CREDITS or settings.SIGNUP_CREDITS_UNVERIFIED:
        return 0
    verified = EmailAddress.objects.filter(user=person).values_list("verified", flat=True)
    if not verified or any(verified):
        return 0
    had = SignupGrant.objects.filter(person=person, gave_credits=True).exists()
    return 0 if had else int(settings.SIGNUP_CREDITS)


def plans_on_offer() -> QuerySet[Plan]:
    """Return the plans that can be had, the smallest first."""
    return Plan.objects.filter(active=True).order_by("monthly_credits", "name")


def _standing(workspace: Workspace) -> tuple[Wallet, Renewal]:
    """Return a wallet's row, and its terms with a reset that is due counted as done."""
    wallet = Wallet.objects.select_related("plan", "next_plan").get(workspace=workspace)
    now = Renewal(wallet.plan, wallet.regular, wallet.resets_at)
    return wallet, due_renewal(wallet, timezone.now()) or now


def retention(field: str, default_days: int) -> list[tuple[int, Q]]:
    """Return for how many days things are kept, and whose: a filter of workspaces.

    ``field`` is the plan's; a workspace without a plan, or whose plan leaves it open, has
    ``default_days``. 0 days keeps for good and is left out.
    """
    days_of_plan = f"wallet__plan__{field}"
    plans = Plan.objects.filter(**{f"{field}__gt": 0}).values_list(field, flat=True).distinct()
    rules = [(days, Q(**{days_of_plan: days})) for days in plans]
    if default_days:
        rules.append((default_days, Q(**{f"{days_of_plan}__isnull": True})))
    return rules
