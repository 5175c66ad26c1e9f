"""Which kinds of job there are, and what doing one means. Apps register theirs at start."""

from collections.abc import Callable
from typing import Any

from inference.jobs.lifecycle import Claim, Outcome
from inference.jobs.model import Job

Work = Callable[[Claim[Any]], Outcome]

_works: dict[type[Job], Work] = {}


def register(kind: type[Job], work: Work) -> None:
    """Say how jobs of ``kind`` are done."""
    _works[kind] = work


def kinds() -> list[type[Job]]:
    """Return every registered kind, in the order of registration."""
    return list(_works)


def work_of(kind: type[Job]) -> Work:
    """Return how a job of ``kind`` is done."""
    return _works[kind]
