from django.db import models


class Plan(models.Model):
    """What a subscription gives: regular credits, anew each month."""

    name = models.CharField(max_length=60, unique=True)
    monthly_credits = models.PositiveBigIntegerField()
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
