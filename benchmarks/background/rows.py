"""What the background benchmark prints: one line for each figure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        name: what was measured, such as "a claim with 100,000 queued jobs".
        value: the figure.
        unit: its unit, such as "ms" or "deliveries/s".
        note: what it is to be compared with, such as "goal: at least 200".
    """

    name: str
    value: float
    unit: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name:56}{self.value:12.1f} {self.unit:14}{self.note}"
