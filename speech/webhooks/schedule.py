"""When to try again."""

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

DELAYS = (5, 30, 120, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
"""Seconds to wait after each failed try; the last one for all that follow."""
GIVE_UP_AFTER = timedelta(days=3)
"""For so long after its first failure a delivery is tried, and so long an endpoint may fail."""
_JITTER = 0.1
_LONGEST = 24 * 3600


def next_attempt(
    *, tries: int, first_failed_at: datetime, now: datetime, retry_after: float = 0.0
) -> datetime | None:
    """Return when to try again after ``tries`` failed ones; None once three days are over.

    A delay that would lead past the three days is cut to their end, so that the last try is
    always made then. ``retry_after`` (seconds) is what the server asked for; it prolongs a
    delay, to a day at most.
    """
    last = first_failed_at + GIVE_UP_AFTER
    if now >= last:
        return None
    planned = DELAYS[min(tries, len(DELAYS)) - 1]
    delay = max(planned, min(retry_after, _LONGEST))
    delay *= 1 + random.uniform(0, _JITTER)  # noqa: S311 - spreads load, guards nothing
    return min(now + timedelta(seconds=delay), last)


def retry_after_seconds(header: str) -> float:
    """Return what a Retry-After header asks for, in seconds; 0 where it says nothing."""
    header = header.strip()
    if header.isascii() and header.isdecimal():
        return float(header[:9])
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return 0.0
    if moment.tzinfo is None:
        return 0.0
    return max((moment - timezone.now()).total_seconds(), 0.0)
