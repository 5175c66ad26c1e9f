"""What staff says of a subscription or a purchase."""

import uuid
from typing import Any

from django import forms
from django.db.models import Q

from billing.models import MAX_CREDITS, MAX_REFERENCE, Plan, Wallet
from billing.queries import plans_on_offer


class PlanChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A plan, named with what it gives."""

    def label_from_instance(self, plan: Any) -> str:
        """Return a plan's name and credits."""
        return f"{plan.name}: {plan.monthly_credits:,} credits a month"


class ReferenceForm(forms.Form):
    """What every event has: the reference by which it counts once."""

    external_reference = forms.CharField(
        label="Reference",
        max_length=MAX_REFERENCE,
        initial=lambda: f"admin:{uuid.uuid4()}",
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="What the event is called where it comes from: a payment, an invoice, a "
        "ticket. It counts once, here and for payment systems.",
    )

    def __init__(self, *args: Any, wallet: Wallet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "external_reference"])
        self.offer(wallet)

    def offer(self, wallet: Wallet) -> None:
        """Fill the choices for a wallet."""


class StartForm(ReferenceForm):
    """The plan that a subscription begins with."""

    plan = PlanChoice(queryset=Plan.objects.none(), empty_label=None)

    def offer(self, _wallet: Wallet) -> None:
        """Offer the plans on offer."""
        self.fields["plan"].queryset = plans_on_offer()  # type: ignore[attr-defined]


class ChangeForm(ReferenceForm):
    """The plan to move to; the present one takes back a change that waits."""

    plan = PlanChoice(queryset=Plan.objects.none(), empty_label=None)

    def offer(self, wallet: Wallet) -> None:
        """Offer the plans on offer and the present one."""
        plans = Plan.objects.filter(Q(active=True) | Q(pk=wallet.plan_id))
        ordered = plans.order_by("monthly_credits", "name")
        self.fields["plan"].queryset = ordered  # type: ignore[attr-defined]


class EndForm(ReferenceForm):
    """When a subscription is to end."""

    when = forms.ChoiceField(
        choices=[
            ("at_reset", "At its next reset: the month that was paid for runs on"),
            ("now", "Now: its regular credits lapse at once"),
        ],
    )


class PurchaseForm(ReferenceForm):
    """How many permanent credits were bought."""

    credits = forms.IntegerField(
        min_value=1, max_value=MAX_CREDITS, help_text="Permanent credits that were paid for."
    )

    def offer(self, _wallet: Wallet) -> None:
        """Make up no reference: a purchase has one."""
        self.fields["external_reference"].initial = None
