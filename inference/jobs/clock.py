"""The database's clock, by which leases, rests and deadlines are set and compared.

Machines whose clocks differ therefore agree on whether a lease still runs.
"""

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.functions import Now


def db_now() -> Now:
    """Return the moment at which the statement runs, as an expression."""
    return Now()


def db_from_now(seconds: float) -> Any:
    """Return the moment ``seconds`` after the statement runs, as an expression."""
    later = Now() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(later, output_field=DateTimeField())
