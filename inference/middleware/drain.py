from typing import Any

import dramatiq

from inference.engines.registry import operated_engines
from inference.jobs.draining import begin_to_drain, end_drain


class Drain(dramatiq.Middleware):
    """On shutdown, has each thread finish its job and take no other.

    A job that an engine has not begun to work on goes back to the queue at once.
    """

    def before_worker_shutdown(self, *_args: Any) -> None:
        """Say so before the threads are joined."""
        begin_to_drain()
        for engine in operated_engines():
            engine.begin_to_drain()

    def after_worker_boot(self, *_args: Any) -> None:
        """A worker that begins in this process takes jobs again."""
        end_drain()
