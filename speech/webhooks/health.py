"""Whether an endpoint is failing, and when it is given up.

An endpoint has been failing since its first failed attempt after the last one that succeeded.
Days on which nothing was tried do not count: if the attempt before failed more than 30 hours
ago, the time of failure begins anew. (The longest wait between two attempts at a delivery is
26.4 hours.) After three days of failure the endpoint is disabled. So there were at least four
failed attempts in these days, none of them more than 30 hours after the one before, and no
successful one.
"""

from datetime import datetime, timedelta

from speech.models import DisabledReason, WebhookEndpoint
from speech.webhooks.results import Result
from speech.webhooks.schedule import GIVE_UP_AFTER

QUIET = timedelta(hours=30)
"""Failures that lie further apart belong to different times of failure."""


def note(endpoint: WebhookEndpoint, result: Result, now: datetime) -> DisabledReason | None:
    """Set an endpoint's health after an attempt; return why to disable it, if it must be.

    Failures on our own side say nothing about the endpoint.
    """
    if result.delivered:
        endpoint.failing_since = endpoint.last_failed_at = None
        return None
    if result.ours:
        return None
    since, last = endpoint.failing_since, endpoint.last_failed_at
    if since is None or last is None or now - last > QUIET:
        since = now
    endpoint.failing_since, endpoint.last_failed_at = since, now
    if result.gone:
        return DisabledReason.GONE
    return DisabledReason.FAILING if now - since >= GIVE_UP_AFTER else None
