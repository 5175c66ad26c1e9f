"""What staff can have happen to a workspace in a payment system's place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from billing.errors import (
    AlreadySubscribedError,
    BillingError,
    NotSubscribedError,
    PlanNotOfferedError,
    ReferenceUsedError,
)
from billing.models import Plan, Wallet
from billing.operations import change_plan, end_subscription, record_purchase, start_subscription
from voiceclone.admin.subscription_forms import (
    ChangeForm,
    EndForm,
    PurchaseForm,
    ReferenceForm,
    StartForm,
)

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: its form, the operation, and how the admin's log tells of it.

    ``perform`` takes the operation's common arguments and what was said; ``tell`` what was
    said and the wallet as it then stands.
    """

    name: str
    title: str
    form: type[ReferenceForm]
    perform: Callable[[dict[str, Any], Said], object]
    tell: Callable[[Said, Wallet], str]


def problem(error: BillingError) -> tuple[str | None, str]:
    """Return the field that a refusal is about (None: the whole form) and what to say."""
    match error:
        case ReferenceUsedError():
            return "external_reference", "This reference was used for something else."
        case AlreadySubscribedError():
            return None, "The workspace has a plan that goes on. Change it, or end it first."
        case NotSubscribedError():
            return None, "The workspace has no plan. Start a subscription."
        case PlanNotOfferedError():
            return "plan", "This plan is not on offer."
        case _:
            return (
                None,
                f"The ledger refused this ({error.code}). Look at the wallet and try again.",
            )


def _start(common: dict[str, Any], said: Said) -> object:
    return start_subscription(plan=said["plan"], **common)


def _change(common: dict[str, Any], said: Said) -> object:
    return change_plan(plan=said["plan"], **common)


def _end(common: dict[str, Any], said: Said) -> object:
    return end_subscription(at_once=said["when"] == "now", **common)


def _purchase(common: dict[str, Any], said: Said) -> object:
    return record_purchase(credits=said["credits"], **common)


def _told_change(said: Said, wallet: Wallet) -> str:
    plan: Plan = said["plan"]
    if wallet.plan == plan:
        return f"Changed the plan to {plan}"
    return f"Had the plan change to {plan} at the next reset"


def _told_end(said: Said, _wallet: Wallet) -> str:
    when = "at once" if said["when"] == "now" else "at its next reset"
    return f"Had the subscription end {when}"


ACTIONS = (
    Action(
        "start_subscription",
        "Start a subscription",
        StartForm,
        _start,
        lambda said, _wallet: f"Started a subscription to {said['plan']}",
    ),
    Action("change_plan", "Change the plan", ChangeForm, _change, _told_change),
    Action("end_subscription", "End the subscription", EndForm, _end, _told_end),
    Action(
        "record_purchase",
        "Record a purchase",
        PurchaseForm,
        _purchase,
        lambda said, _wallet: f"Recorded a purchase of {said['credits']:,} permanent credits",
    ),
)
