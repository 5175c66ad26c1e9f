"""One request that waits: its client, its job, and the moments at which the waiting ends."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import Any, Self

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from inference.jobs.errors import StateConflictError
from inference.jobs.lifecycle import request_cancel
from inference.jobs.model import LIVE
from inference.jobs.notices import subscribe
from voiceclone.front.asgi import Receive, Send, hung_up
from voiceclone.front.blocks import send_blocks
from voiceclone.front.pending import Pending
from voiceclone.front.stopping import Stopping
from voiceclone.front.threads import Threads

log = structlog.get_logger(__name__)

_PATIENCE = 15.0
"""Seconds that a database which restarts is waited for."""
_PAUSE = 0.5
GONE = ""
"""The state of a job whose row was deleted, with its workspace for example."""


class Exchange:
    """What a request waits for, as tasks: ``ended`` (gives the job's state), ``gone``, ``stopped``.

    Used as a context, which ends the tasks.
    """

    def __init__(self, pending: Pending, receive: Receive, send: Send, *, threads: Threads) -> None:
        self.pending = pending
        self.deferred = pending.deferred
        self.send = send
        self._receive = receive
        self._threads = threads
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, stopping: Stopping, *, grace: float) -> Self:
        """Begin to wait; ``grace`` is what a server that ends leaves it."""
        self.ended = self.task(self._ended())
        self.gone = self.task(hung_up(self._receive))
        self.stopped = self.task(stopping.wait(grace=grace))
        return self

    @property
    def job_is_gone(self) -> bool:
        """Whether the job's row was found to be deleted."""
        return self.ended.done() and self.ended.result() == GONE

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        for task in self._tasks:
            task.cancel()

    def task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task that ends with the exchange."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        return task

    async def run(self, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call something that blocks, in a thread."""
        return await self._threads.run(self.pending.request_id, call, *args, **options)

    async def answer(self, make: Callable[[], HttpResponseBase]) -> None:
        """Make an answer in a thread, and send it."""
        response = await self.run(make)
        try:
            await self.start(response.status_code, [*response.items(), *_cookies(response)])
            if not isinstance(response, StreamingHttpResponse):
                await self.body(response.content, more=False)
            elif await send_blocks(response, self._pass_on, self.run):
                await self.body(b"", more=False)
        finally:
            await self.run(response.close)

    async def finish(self, *, timed_out: bool) -> None:
        """Send the finisher's answer; a database that restarts is asked again for a while."""
        pending = self.pending
        try:
            response = await self.patiently(pending.finish, timed_out=timed_out)
        except DatabaseError as error:
            fault = error
            await self.answer(lambda: pending.failed(fault))
        else:
            await self.answer(lambda: response)

    async def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send the status and the headers."""
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})

    async def body(self, data: bytes, *, more: bool = True) -> None:
        """Send a part of the body."""
        await self.send({"type": "http.response.body", "body": data, "more_body": more})

    async def _pass_on(self, block: bytes) -> bool:
        await self.body(block)
        return not self.gone.done()

    async def cancel(self) -> None:
        """Cancel the job of a client who will not see its end, where the view wished so.

        A database that restarts is asked again for a while: nobody else would cancel the job.
        """
        if not self.deferred.cancel_on_hang_up:
            return
        try:
            await self.patiently(request_cancel, self.deferred.kind, self.deferred.job_id)
        except (StateConflictError, ObjectDoesNotExist):
            return  # it ended at this very moment
        log.info("cancelled_by_hang_up", job_id=self.deferred.job_id)

    async def patiently(self, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Call something in a thread, again and again while the database is away."""
        loop = asyncio.get_running_loop()
        gives_up_at = loop.time() + _PATIENCE
        while True:
            try:
                return await self.run(call, *args, **options)
            except DatabaseError:
                if loop.time() >= gives_up_at:
                    raise
            await asyncio.sleep(_PAUSE)

    async def _ended(self) -> str:
        """Return the job's final state once it has one, or ``GONE``."""
        loop = asyncio.get_running_loop()
        told = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has closed meanwhile
                loop.call_soon_threadsafe(told.set)

        unsubscribe = subscribe(self.deferred.job_id, tell)
        try:
            while True:
                told.clear()
                with suppress(DatabaseError):  # those who send notices go on asking it
                    state: str = await self.run(self._state)
                    if state not in LIVE:
                        return state
                await told.wait()
        finally:
            unsubscribe()

    def _state(self) -> str:
        rows = self.deferred.kind.rows().filter(pk=self.deferred.job_id)
        return rows.values_list("state", flat=True).first() or GONE


def _cookies(response: HttpResponseBase) -> Iterator[tuple[str, str]]:
    for cookie in response.cookies.values():
        yield "Set-Cookie", cookie.output(header="").strip()
