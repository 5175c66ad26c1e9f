from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, repeat

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from accounts.operations import create_workspace
from billing.models import Plan


class Clock:
    """Says what time it is, to everything that asks ``django.utils.timezone``."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
        self._ticks: Iterator[int] = repeat(0)

    def tick(self) -> None:
        """Never say the same time twice from now on, as between threads."""
        self._ticks = count()

    def now(self) -> datetime:
        return self.time + timedelta(microseconds=next(self._ticks))

    def pass_(self, **span: float) -> None:
        self.time += timedelta(**span)

    def set(self, year: int, month: int, day: int, hour: int = 9, minute: int = 30) -> None:
        self.time = datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock.now)
    return clock


def make_workspace(name: str) -> Workspace:
    with transaction.atomic():
        return create_workspace(name=name)


@pytest.fixture
def ada(db) -> Workspace:
    return make_workspace("Ada")


@pytest.fixture
def grace(db) -> Workspace:
    return make_workspace("Grace")


@pytest.fixture
def plan(db) -> Callable[..., Plan]:
    def plan(name: str, monthly_credits: int, **limits: object) -> Plan:
        return Plan.objects.create(name=name, monthly_credits=monthly_credits, **limits)

    return plan


@pytest.fixture
def maker(plan) -> Plan:
    return plan("Maker", 1000)


@pytest.fixture
def studio(plan) -> Plan:
    return plan("Studio", 5000)
