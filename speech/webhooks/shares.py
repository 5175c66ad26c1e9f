"""How much of a scheduler's sending each workspace and each destination may take.

The figures are those of this process and live in its memory: a second scheduler has shares of
its own. Nothing has to be put right after a crash.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

START = 2
"""A destination begins with so many deliveries at a time."""
_REMEMBERED = 10_000


class Lane(NamedTuple):
    """The deliveries of one workspace to one destination."""

    workspace_id: str
    destination: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to one attempt at a delivery. ``attempt`` is the fencing token."""

    delivery_id: str
    attempt: int
    lane: Lane


class Shares:
    """What is in flight, and how much more may be. Not safe to share between threads.

    A workspace has at most half of the slots and a destination at most a quarter. A destination
    begins with 2. Each delivery that arrives allows it one more, each failure halves what it
    is allowed, so an address that does not answer soon holds 2 slots only.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._per_workspace = max(slots // 2, START)
        self._per_lane = max(slots // 4, START)
        self._in_flight: Counter[Lane | str] = Counter()
        self._total = 0
        self._allowed: OrderedDict[Lane, int] = OrderedDict()
        self._served: OrderedDict[Lane | str, int] = OrderedDict()
        self._claims = 0

    @property
    def free(self) -> int:
        """Slots in which nothing is sent."""
        return self._slots - self._total

    @property
    def in_flight(self) -> int:
        """Deliveries that are being sent."""
        return self._total

    def room_in(self, workspace_id: str) -> int:
        """Return how many more deliveries a workspace may have in flight."""
        return self._per_workspace - self._in_flight[workspace_id]

    def room_on(self, lane: Lane) -> int:
        """Return how many more deliveries a destination may have in flight."""
        return self._allowed.get(lane, START) - self._in_flight[lane]

    def turn(self, key: Lane | str) -> tuple[int, int]:
        """Return what to sort by: the fewest in flight first, then the one served longest ago."""
        return self._in_flight[key], self._served.get(key, 0)

    def begin(self, claim: Claim) -> None:
        """Count a delivery that is about to be sent."""
        self._total += 1
        self._claims += 1
        for key in (claim.lane, claim.lane.workspace_id):
            self._in_flight[key] += 1
            self._served[key] = self._claims
            self._served.move_to_end(key)
        while len(self._served) > _REMEMBERED:
            self._served.popitem(last=False)

    def end(self, claim: Claim, *, delivered: bool) -> None:
        """Count a delivery that is in flight no longer, and adapt its destination's allowance."""
        self._total -= 1
        for key in (claim.lane, claim.lane.workspace_id):
            self._in_flight[key] -= 1
            if not self._in_flight[key]:
                del self._in_flight[key]
        allowed = self._allowed.pop(claim.lane, START)
        allowed = min(allowed + 1, self._per_lane) if delivered else allowed // 2
        if allowed > START:
            self._allowed[claim.lane] = allowed
        while len(self._allowed) > _REMEMBERED:
            self._allowed.popitem(last=False)
