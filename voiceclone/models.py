from django.db import models


class WriteCheck(models.Model):
    """A row that a readiness check writes and removes, to see that the database takes writes."""

    padding = models.BinaryField()

    def __str__(self) -> str:
        return f"write check {self.pk}"
