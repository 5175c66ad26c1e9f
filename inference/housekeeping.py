"""What all housekeeping tasks share: bounded batches, and bad rows that stop nothing.

A task does one batch and returns whether there may be more to do at once. It commits as it goes,
so that a killed process loses one batch of work and no data.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

log = structlog.get_logger(__name__)

BATCH: Final = 500
"""The most rows that one batch reads."""

_SHORTEST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(days=1)
_MOST_BAD_ROWS: Final = 1000

Row = TypeVar("Row", bound=Model)


def next_try(since: datetime) -> datetime:
    """Return when to try again what should have been done at ``since`` and failed.

    The pause is as long as the wait so far, so the pauses double: from a minute to a day.
    """
    now = timezone.now()
    return now + min(max(now - since, _SHORTEST_PAUSE), _LONGEST_PAUSE)


def in_parts(
    rows: Sequence[Row],
    act: Callable[[Sequence[Row]], object],
    put_off: Callable[[Row], object],
) -> int:
    """Do something to rows in one transaction; returns for how many of them it worked.

    Where it fails the rows are halved until the bad ones are found. Each of those is logged with
    its id and handed to ``put_off``; the others are done.

    Raises:
        OperationalError, InterfaceError: the database is at fault, not a row.
    """
    if not rows:
        return 0
    try:
        with transaction.atomic():
            act(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a bad row raises
        if len(rows) > 1:
            middle = len(rows) // 2
            done = in_parts(rows[:middle], act, put_off)
            return done + in_parts(rows[middle:], act, put_off)
        report(rows[0], error)
        put_off(rows[0])
        return 0
    return len(rows)


def report(row: Model, error: Exception | None = None, **details: object) -> None:
    """Log that housekeeping failed for one row."""
    label = row._meta.label_lower  # noqa: SLF001 - Django's public name for it
    if error is not None:
        details["exc_info"] = error
    log.error("housekeeping_row_failed", table=label, row=str(row.pk), **details)


class OldestFirst:
    """Deletes old rows of tables that have a ``created_at`` but no ``housekeeping_at``.

    It remembers the rows that cannot be deleted, and leaves them alone for a while.
    """

    def __init__(self) -> None:
        self._bad: dict[Any, tuple[datetime, datetime]] = {}

    def delete(self, rows: QuerySet[Row]) -> bool:
        """Delete a batch of ``rows``; returns whether there may be more to do at once."""
        now = timezone.now()
        waiting = [key for key, (_since, until) in self._bad.items() if until > now]
        found = list(rows.exclude(pk__in=waiting).order_by("created_at")[:BATCH])
        table = rows.model._default_manager  # noqa: SLF001 - Django's public name for it

        def delete(part: Sequence[Row]) -> None:
            table.filter(pk__in=[row.pk for row in part]).delete()

        done = in_parts(found, delete, self._put_off)
        return len(found) == BATCH and done > 0

    def _put_off(self, row: Model) -> None:
        now = timezone.now()
        since, _until = self._bad.pop(row.pk, (now, now))
        if len(self._bad) >= _MOST_BAD_ROWS:
            self._bad.clear()
        self._bad[row.pk] = (since, next_try(since))
