"""What a worker that stops tells its threads and its engines, and in which order."""

import pytest

from inference.engines import registry as engines
from inference.jobs import draining
from inference.middleware.drain import Drain
from tests.running.busy import Busy


def test_no_job_is_claimed_any_more_when_the_engines_begin_to_drain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other way round, a job claimed in between would be refused for nothing."""
    claimed_by_then = []

    class Watching(Busy):
        def begin_to_drain(self) -> None:
            claimed_by_then.append(not draining._draining.is_set())
            super().begin_to_drain()

    engine = Watching()
    monkeypatch.setitem(engines._engines, "tests:Busy", engine)  # type: ignore[arg-type]
    try:
        Drain().before_worker_shutdown()
        assert engine.draining
        assert claimed_by_then == [False]
    finally:
        Drain().after_worker_boot()
    assert not draining._draining.is_set()
