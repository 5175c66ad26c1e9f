"""Monthly periods, counted from the day a subscription began."""

import calendar
from datetime import datetime


def months_after(anchor: datetime, months: int) -> datetime:
    """Return ``anchor`` moved by whole months; the 31st becomes a short month's last day."""
    index = anchor.year * 12 + anchor.month - 1 + months
    year, month = divmod(index, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def next_reset(anchor: datetime, now: datetime) -> datetime:
    """Return the first monthly return of ``anchor`` that lies after ``now``.

    Always counted from the anchor itself, so that a short month does not move the day
    for good.
    """
    months = max((now.year - anchor.year) * 12 + now.month - anchor.month, 1)
    candidate = months_after(anchor, months)
    return candidate if candidate > now else months_after(anchor, months + 1)
