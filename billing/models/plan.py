from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

MAX_CREDITS = 10**12
"""The most credits one movement may have; sums of a wallet then stay far within 64 bits."""

_AT_LEAST_ONE = [MinValueValidator(1)]


def _unset_or_at_least_one(field: str) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 1})


class Plan(models.Model):
    """What a subscription gives: regular credits, anew each month, and limits.

    A limit that is not set is the installation's (see :func:`billing.queries.limits_of`).
    Only an active plan can be chosen; those who have another one keep it.
    """

    name = models.CharField(max_length=60, unique=True)
    monthly_credits = models.PositiveBigIntegerField(validators=[MaxValueValidator(MAX_CREDITS)])
    submissions_per_minute = models.PositiveIntegerField(
        null=True, blank=True, validators=_AT_LEAST_ONE
    )
    polls_per_minute = models.PositiveIntegerField(null=True, blank=True, validators=_AT_LEAST_ONE)
    concurrent_jobs = models.PositiveIntegerField(null=True, blank=True, validators=_AT_LEAST_ONE)
    speech_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days that speeches are kept; 0 keeps them for good."
    )
    reference_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Days that recordings are kept; 0 keeps them for good."
    )
    one_request_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Days that recordings given for one request are kept; 0 keeps them for good.",
    )
    handle_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=_AT_LEAST_ONE,
        help_text="Days that a voice handle works.",
    )
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(monthly_credits__lte=MAX_CREDITS), name="billing_plan_credits_bounded"
            ),
            models.CheckConstraint(
                condition=_unset_or_at_least_one("submissions_per_minute")
                & _unset_or_at_least_one("polls_per_minute")
                & _unset_or_at_least_one("concurrent_jobs")
                & _unset_or_at_least_one("handle_days"),
                name="billing_plan_limits_at_least_one",
            ),
        ]

    def __str__(self) -> str:
        return self.name
