from django.db import models
from django.db.models import Q
from django.utils import timezone

from billing.models.wallet import Wallet


class EntryKind(models.TextChoices):
    """Why credits moved."""

    GRANT = "grant", "Grant"
    PURCHASE = "purchase", "Purchase"
    RESET = "reset", "Reset"
    CHARGE = "charge", "Charge"
    REFUND = "refund", "Refund"
    LAPSE = "lapse", "Lapse"
    ADJUST = "adjust", "Taken back"


_INCOMING = [EntryKind.GRANT, EntryKind.PURCHASE, EntryKind.RESET, EntryKind.REFUND]
_OUTGOING = [EntryKind.CHARGE, EntryKind.LAPSE]


class Entry(models.Model):
    """One movement of credits; written once, never changed or removed (by trigger).

    It refers to nothing but its wallet, so that erasing a job or a person leaves it whole.
    ``sequence`` counts a wallet's entries from 1; ``regular_after`` and ``permanent_after``
    are the balances that the movement left. ``reason`` is what the customer reads about it;
    a trigger refuses credits taken back (:attr:`EntryKind.ADJUST`) without one.
    """

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="entries")
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=EntryKind.choices)
    regular = models.BigIntegerField()
    permanent = models.BigIntegerField()
    regular_after = models.BigIntegerField()
    permanent_after = models.BigIntegerField()
    job_id = models.CharField(max_length=32, null=True, blank=True)  # noqa: DJ001 - unique
    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    period = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unique
    actor = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "sequence"], name="billing_entry_sequence_unique"
            ),
            models.UniqueConstraint(
                fields=["wallet", "idempotency_key"], name="billing_entry_idempotency_unique"
            ),
            models.UniqueConstraint(
                fields=["job_id"],
                condition=Q(kind=EntryKind.CHARGE),
                name="billing_entry_one_charge_per_job",
            ),
            models.UniqueConstraint(
                fields=["job_id"],
                condition=Q(kind=EntryKind.REFUND),
                name="billing_entry_one_refund_per_job",
            ),
            models.UniqueConstraint(
                fields=["wallet", "period"],
                condition=Q(kind=EntryKind.RESET),
                name="billing_entry_one_reset_per_period",
            ),
            models.CheckConstraint(
                condition=Q(regular_after__gte=0, permanent_after__gte=0),
                name="billing_entry_balances_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(regular=0, permanent=0), name="billing_entry_moves_something"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=_INCOMING, regular__gte=0, permanent__gte=0)
                | Q(kind__in=_OUTGOING, regular__lte=0, permanent__lte=0)
                | Q(kind=EntryKind.ADJUST),
                name="billing_entry_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=[EntryKind.CHARGE, EntryKind.REFUND])
                | Q(job_id__isnull=False),
                name="billing_entry_charge_names_its_job",
            ),
            models.CheckConstraint(
                condition=Q(regular=0)
                | ~Q(kind__in=[EntryKind.CHARGE, EntryKind.RESET])
                | Q(period__isnull=False),
                name="billing_entry_regular_has_a_period",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[EntryKind.RESET, EntryKind.LAPSE], permanent=0)
                | Q(kind=EntryKind.PURCHASE, regular=0)
                | ~Q(kind__in=[EntryKind.RESET, EntryKind.LAPSE, EntryKind.PURCHASE]),
                name="billing_entry_moves_its_balance",
            ),
        ]
        indexes = [models.Index(fields=["job_id"], name="billing_entry_by_job")]

    def __str__(self) -> str:
        return f"{self.kind} {self.regular + self.permanent:+}"

    @property
    def amount(self) -> int:
        """Credits moved, signed."""
        return self.regular + self.permanent


class EntryNote(models.Model):
    """Words of staff about an entry; kept apart so that they can be erased."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="note")
    text = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.text
