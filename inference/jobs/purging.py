"""The end of deleted jobs: first their files are removed, some days later their rows.

Webhooks and repeated requests may refer to a job for some days after its deletion, so its row
outlives its files by ``RETENTION_DELETED_DAYS``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from inference.housekeeping import BATCH, in_parts, next_try, report
from inference.jobs.model import FINAL, Job
from inference.removal import remove_stored

J = TypeVar("J", bound=Job)


def due_for_purge(kind: type[J]) -> list[J]:
    """Return a batch of deleted rows that housekeeping has something to do for now."""
    rows = kind.rows().filter(
        deleted_at__isnull=False, state__in=FINAL, housekeeping_at__lte=timezone.now()
    )
    return list(rows.order_by("housekeeping_at")[:BATCH])


def hide_rows(rows: Sequence[Job]) -> None:
    """Delete finished jobs in their owner's eyes; their files and rows go later."""
    if rows:
        now = timezone.now()
        shown = type(rows[0]).rows().filter(pk__in=ids(rows), deleted_at=None, state__in=FINAL)
        shown.update(deleted_at=now, housekeeping_at=now)


def remove_files(
    rows: Sequence[J],
    files: Mapping[str, Iterable[str]],
    forget: Callable[[Sequence[J], dict[str, Any]], object],
) -> int:
    """Remove the files of deleted rows; returns for how many rows it worked.

    ``files`` names each row's files, by its id. ``forget`` then clears what the rows say of
    them and of their owner's words, and sets the fields it is given. A row with a file that the
    storage refuses to remove is put off, each time longer.
    """
    refused = remove_stored(name for row in rows for name in files[row.pk])
    free: list[J] = []
    for row in rows:
        left = refused.intersection(files[row.pk])
        if left:
            report(row, files=sorted(left))
            put_off(row)
        else:
            free.append(row)

    def forget_part(part: Sequence[J]) -> None:
        now = timezone.now()
        forget(part, {"files_removed_at": now, "housekeeping_at": now + _row_is_kept()})

    return in_parts(free, forget_part, put_off)


def delete_rows(rows: Sequence[J], delete: Callable[[Sequence[J]], object]) -> int:
    """Delete for good the rows whose files are gone; returns how many were dealt with.

    Those whose files have not been gone for long enough wait for it: the setting may have been
    changed since their files went.
    """
    now = timezone.now()
    old: list[J] = []
    for row in rows:
        ends = (row.files_removed_at or now) + _row_is_kept()
        if ends > now:
            leave_until(ends, [row])
        else:
            old.append(row)
    return len(rows) - len(old) + in_parts(old, delete, put_off)


def put_off(row: Job) -> None:
    """Leave a row alone for a while after a failure, each time longer."""
    since = row.files_removed_at or row.deleted_at or row.finished_at or row.created_at
    leave_until(next_try(since), [row])


def leave_until(moment: datetime, rows: Sequence[Job]) -> None:
    """Leave rows alone until ``moment``."""
    if rows:
        type(rows[0]).rows().filter(pk__in=ids(rows)).update(housekeeping_at=moment)


def ids(rows: Iterable[Job]) -> list[str]:
    """Return the ids of rows."""
    return [row.pk for row in rows]


def _row_is_kept() -> timedelta:
    return timedelta(days=settings.RETENTION_DELETED_DAYS)
