from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class SignupGrant(models.Model):
    """An email address that counts as used for sign-up credits, stored as a keyed hash.

    ``gave_credits`` marks the one row of a person that stands for credits; other rows are
    further addresses that the same person confirmed. Rows outlive their person, so that
    registering the same address again gives nothing.
    """

    address_hash = models.CharField(max_length=64, null=True)  # noqa: DJ001 - unique where known
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    gave_credits = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address_hash"], name="billing_signupgrant_one_per_address"
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(gave_credits=True),
                name="billing_signupgrant_one_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"sign-up of {self.person_id}"
