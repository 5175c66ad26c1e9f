"""Claiming deliveries that are due, many at once and fairly.

Workspaces take turns, and within one its destinations do: first whoever has the fewest in
flight, then whoever was served longest ago. Of a destination the oldest delivery is first.

A claim is a lease on the database's clock and raises ``attempt``, the fencing token. It also
moves ``next_attempt_at`` to the lease's end: until then the delivery is not due, and after it,
if its scheduler died, it is due again by itself.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from inference.jobs.clock import db_from_now, db_now
from speech.models import Delivery, DeliveryState
from speech.webhooks.due import destinations_due, workspaces_due
from speech.webhooks.shares import Claim, Lane, Shares

LEASE = timedelta(seconds=60)
"""Longer than any attempt may take."""
_LOOKS = 5
"""How often a claim looks for lanes of one workspace."""


class FairQueue:
    """Chooses and claims what a process sends next."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares
        self._next_look = ""
        self._next_looks_in: dict[str, str] = {}

    def claim(self, most: int) -> list[Claim]:
        """Claim up to ``most`` deliveries; none where nothing that is due may be sent now.

        It may return fewer than could be sent: count them in the shares and ask again until
        there are none.
        """
        wanted = self._chosen(most)
        if not wanted:
            return []
        with transaction.atomic():
            claims = [claim for lane, count in wanted for claim in _heads(lane, count)]
            Delivery.objects.filter(pk__in=[claim.delivery_id for claim in claims]).update(
                attempt=F("attempt") + 1,
                tries=F("tries") + 1,
                lease_until=db_from_now(LEASE.total_seconds()),
                next_attempt_at=db_from_now(LEASE.total_seconds()),
            )
        return claims

    def _chosen(self, most: int) -> list[tuple[Lane, int]]:
        """Return from which lanes to take how many; none once all workspaces were looked at."""
        began = self._next_look
        while True:
            due, self._next_look = workspaces_due(self._next_look)
            chosen = self._chosen_from(due, most)
            if chosen or not (self._next_look or began):
                return chosen
            if not self._next_look:
                began = ""  # once more from the first workspace to the last

    def _chosen_from(self, due: list[str], most: int) -> list[tuple[Lane, int]]:
        chosen: list[tuple[Lane, int]] = []
        free = [one for one in due if self._shares.room_in(one) > 0]
        workspaces = sorted(free, key=self._shares.turn)
        for position, workspace_id in enumerate(workspaces):
            share = max(most // (len(workspaces) - position), 1)
            room = min(share, self._shares.room_in(workspace_id))
            lanes = self._lanes(workspace_id, room)
            for number, lane in enumerate(lanes):
                count = min(max(room // (len(lanes) - number), 1), self._shares.room_on(lane))
                chosen.append((lane, count))
                room -= count
                most -= count
            if not most:
                break
        return chosen

    def _lanes(self, workspace_id: str, most: int) -> list[Lane]:
        """Return up to ``most`` lanes of a workspace that have something due and may send more.

        Of a workspace with very many destinations it finds those among 1,000; the next call
        goes on after them.
        """
        found: dict[Lane, None] = {}
        after = self._next_looks_in.pop(workspace_id, "")
        whole = not after
        for _ in range(_LOOKS):
            due, after = destinations_due(workspace_id, after)
            lanes = (Lane(workspace_id, destination) for destination in due)
            found |= dict.fromkeys(lane for lane in lanes if self._shares.room_on(lane) > 0)
            if len(found) >= most or (whole and not after):
                break
            whole = whole or not after
        if after:
            self._next_looks_in[workspace_id] = after
        return sorted(found, key=self._shares.turn)[:most]


def _heads(lane: Lane, count: int) -> Iterator[Claim]:
    """Lock the oldest deliveries of a lane that nobody has claimed, as claims to be."""
    heads = (
        _claimable()
        .select_for_update(skip_locked=True, no_key=True)
        .filter(workspace=lane.workspace_id, destination=lane.destination)
        .order_by("next_attempt_at")
        .values_list("pk", "attempt")[:count]
    )
    for delivery_id, attempt in heads:
        yield Claim(delivery_id, attempt + 1, lane)


def _claimable() -> QuerySet[Delivery]:
    free = Q(lease_until=None) | Q(lease_until__lte=db_now())
    return Delivery.objects.filter(free, state=DeliveryState.PENDING, next_attempt_at__lte=db_now())
