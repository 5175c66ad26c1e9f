import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import structlog
from django.db import close_old_connections

T = TypeVar("T")


class Threads:
    """A few threads for what the front must ask the database or the storage."""

    def __init__(self, name: str, workers: int = 4) -> None:
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=name)

    async def run(self, request_id: str, call: Callable[..., T], *args: Any, **options: Any) -> T:
        """Return what a blocking call returns; its log lines carry the request's id."""
        blocking = partial(_with_connections, request_id, partial(call, *args, **options))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, contextvars.Context().run, blocking)

    def close(self) -> None:
        """Let the calls in hand end, and take no more."""
        self._executor.shutdown(wait=False)


def _with_connections(request_id: str, call: Callable[[], T]) -> T:
    """Call with a database connection that works, and leave none behind that does not."""
    structlog.contextvars.bind_contextvars(request_id=request_id)
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()
