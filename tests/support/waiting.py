"""Jobs that are done while a request of Django's test client waits for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from inference.jobs import notices
from tests.support.callers import run_jobs


@contextmanager
def jobs_done_while_waiting() -> Iterator[None]:
    """Have each request that waits do all queued jobs, in its own thread and transaction.

    A worker in another thread could not see what a test has not committed. What has not ended
    by then counts as late, without a wait.
    """
    waiting = notices.wait

    def work(job_id: str, _seconds: float) -> bool:
        run_jobs()
        return bool(notices.final_among({job_id}))

    notices.wait = work
    try:
        yield
    finally:
        notices.wait = waiting
