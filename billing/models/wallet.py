from django.db import models
from django.utils import timezone

from accounts.models import Workspace
from billing.models.plan import Plan


class Wallet(models.Model):
    """The credits of one workspace. Only :mod:`billing.ledger` changes a balance.

    A trigger refuses any change of balance that no entry records.
    """

    workspace = models.OneToOneField(Workspace, models.PROTECT, related_name="wallet")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="wallets")
    regular = models.BigIntegerField(default=0, editable=False)
    permanent = models.BigIntegerField(default=0, editable=False)
    sequence = models.BigIntegerField(default=0, editable=False)
    anchored_at = models.DateTimeField(null=True, editable=False)
    resets_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        permissions = [("grant_credits", "Can grant credits")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(regular__gte=0), name="billing_wallet_regular_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(permanent__gte=0), name="billing_wallet_permanent_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(resets_at__isnull=True) | models.Q(anchored_at__isnull=False),
                name="billing_wallet_reset_has_an_anchor",
            ),
        ]

    def __str__(self) -> str:
        return f"wallet of {self.workspace_id}"

    @property
    def period(self) -> str | None:
        """The running period, named by the moment it ends; None without regular credits."""
        return None if self.resets_at is None else self.resets_at.isoformat()
