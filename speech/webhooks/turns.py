"""Which delivery is next: workspaces and their endpoints take turns.

Next is the oldest delivery of the workspace that has the fewest under way and, within it, of
the endpoint that has the fewest. Neither may have more under way than its share. So an endpoint
that lets us wait keeps a few threads busy and delays nobody else.

The threads of a process claim one at a time, so that each sees what the others hold. Those of
another scheduler may overstep a share by one at the same moment, which does no harm: what is
sent at most once at a time, by conditional update, is the delivery.
"""

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from speech.models import Delivery, DeliveryState

LEASE = timedelta(seconds=60)
"""Longer than any attempt may take."""
PER_ENDPOINT = 2
_HEAD = 4
_claiming = threading.Lock()


@dataclass(frozen=True, slots=True)
class Held:
    """A worker's right to one attempt at a delivery."""

    delivery_id: str
    attempt: int


def due() -> QuerySet[Delivery]:
    """Return the deliveries that wait for an attempt now."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Delivery.objects.filter(free, state=DeliveryState.PENDING, next_attempt_at__lte=now)


def claim_next() -> Held | None:
    """Take the delivery whose turn it is for one attempt; None where none may be sent now."""
    with _claiming:
        return _claim_next()


def _claim_next() -> Held | None:
    lanes = list(
        due().order_by().values_list("workspace", "endpoint").annotate(Min("next_attempt_at"))
    )
    if not lanes:
        return None
    by_workspace, by_endpoint = _under_way()
    per_workspace = max(settings.WEBHOOK_THREADS // 2, PER_ENDPOINT + 1)

    def turn(lane: Any) -> Any:
        workspace_id, endpoint_id, oldest = lane
        return by_workspace[workspace_id], by_endpoint[workspace_id, endpoint_id], oldest

    for workspace_id, endpoint_id, _oldest in sorted(lanes, key=turn):
        if by_workspace[workspace_id] >= per_workspace:
            continue
        if by_endpoint[workspace_id, endpoint_id] >= PER_ENDPOINT:
            continue
        held = _claim_in(workspace_id, endpoint_id)
        if held is not None:
            return held
    return None


def _claim_in(workspace_id: str, endpoint_id: str | None) -> Held | None:
    waiting = due().filter(workspace=workspace_id, endpoint=endpoint_id)
    heads = waiting.order_by("next_attempt_at").values_list("pk", "attempt")[:_HEAD]
    for delivery_id, attempt in heads:
        taken = (
            due()
            .filter(pk=delivery_id, attempt=attempt)
            .update(
                attempt=F("attempt") + 1,
                tries=F("tries") + 1,
                lease_until=timezone.now() + LEASE,
            )
        )
        if taken:
            return Held(delivery_id, attempt + 1)
    return None


def _under_way() -> tuple[Counter[str], Counter[tuple[str, str | None]]]:
    """Count what is being sent at this moment, by workspace and by endpoint."""
    by_workspace: Counter[str] = Counter()
    by_endpoint: Counter[tuple[str, str | None]] = Counter()
    leased = Delivery.objects.filter(state=DeliveryState.PENDING, lease_until__gt=timezone.now())
    counted = leased.order_by().values_list("workspace", "endpoint").annotate(Count("pk"))
    for workspace_id, endpoint_id, count in counted:
        by_workspace[workspace_id] += count
        by_endpoint[workspace_id, endpoint_id] += count
    return by_workspace, by_endpoint
