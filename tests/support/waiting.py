"""Jobs that are done while a request of Django's test client waits for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from inference.jobs import notices
from tests.support.callers import run_jobs

_wait = notices.wait
_lock = threading.Lock()
_inside = 0


def _work(job_id: str, seconds: float) -> bool:
    if not _inside:  # a monkeypatch put this back after the last had left
        return _wait(job_id, seconds)
    run_jobs()
    return bool(notices.final_among({job_id}))


@contextmanager
def jobs_done_while_waiting() -> Iterator[None]:
    """Have each request that waits do all queued jobs, in its own thread and transaction.

    A worker in another thread could not see what a test has not committed. What has not ended
    by then counts as late, without a wait. Several threads may be in it at once.
    """
    _enter(1)
    try:
        yield
    finally:
        _enter(-1)


def _enter(change: int) -> None:
    global _inside  # noqa: PLW0603 - whoever comes last puts things back
    with _lock:
        _inside += change
        notices.wait = _work if _inside else _wait
