from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models.plan import Plan
from billing.models.wallet import Wallet

MAX_REFERENCE = 200


class PaymentKind(models.TextChoices):
    """What was paid for or ended."""

    STARTED = "started", "Subscription started"
    CHANGED = "changed", "Plan changed"
    ENDED = "ended", "Subscription ended"
    PURCHASED = "purchased", "Credits purchased"


class PaymentEvent(models.Model):
    """What a payment system told us, by the reference it has there, so that it counts once.

    Written once, never changed or removed (by trigger): a reference that could be forgotten
    could be used again.
    """

    reference = models.CharField(max_length=MAX_REFERENCE)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="payment_events")
    kind = models.CharField(max_length=9, choices=PaymentKind.choices)
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="+")
    credits = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference"], name="billing_paymentevent_reference_once"
            ),
            models.CheckConstraint(
                condition=~Q(reference=""), name="billing_paymentevent_has_a_reference"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[PaymentKind.STARTED, PaymentKind.CHANGED],
                    plan__isnull=False,
                    credits__isnull=True,
                )
                | Q(kind=PaymentKind.ENDED, plan__isnull=True, credits__isnull=True)
                | Q(
                    kind=PaymentKind.PURCHASED,
                    plan__isnull=True,
                    credits__isnull=False,  # a comparison with NULL would pass
                    credits__gt=0,
                ),
                name="billing_paymentevent_fits_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"
