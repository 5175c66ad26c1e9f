from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Workspace
from billing.models.plan import Plan


class Wallet(models.Model):
    """The credits of one workspace. Only :mod:`billing.ledger` writes to it.

    Its balances are those of its newest entry: a trigger moves them as the entry is written,
    and another refuses every other change.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, related_name="wallet")
    plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="wallets", editable=False
    )
    next_plan = models.ForeignKey(
        Plan, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    ends_at_reset = models.BooleanField(default=False, editable=False)
    regular = models.BigIntegerField(default=0, editable=False)
    permanent = models.BigIntegerField(default=0, editable=False)
    sequence = models.BigIntegerField(default=0, editable=False)
    anchored_at = models.DateTimeField(null=True, editable=False)
    resets_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        permissions = [
            ("grant_credits", "Can grant credits"),
            ("take_back_credits", "Can take back credits"),
            ("refund_jobs", "Can refund jobs"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(regular__gte=0), name="billing_wallet_regular_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(permanent__gte=0), name="billing_wallet_permanent_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(resets_at__isnull=True) | Q(anchored_at__isnull=False),
                name="billing_wallet_reset_has_an_anchor",
            ),
            models.CheckConstraint(
                condition=Q(plan__isnull=True) | Q(resets_at__isnull=False),
                name="billing_wallet_plan_has_a_period",
            ),
            models.CheckConstraint(
                condition=Q(next_plan__isnull=True, ends_at_reset=False)
                | Q(plan__isnull=False, next_plan__isnull=True)
                | Q(plan__isnull=False, ends_at_reset=False),
                name="billing_wallet_one_change_of_plan",
            ),
        ]

    def __str__(self) -> str:
        return f"wallet of {self.workspace_id}"

    @property
    def period(self) -> str | None:
        """The running period's name; None where there is none.

        The anchor is part of it: the 29th and the 31st of January both end on 28 February.
        """
        if self.resets_at is None or self.anchored_at is None:
            return None
        return f"{self.anchored_at:%Y%m%dT%H%M%S.%fZ}/{self.resets_at:%Y%m%dT%H%M%S.%fZ}"
