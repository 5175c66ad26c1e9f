import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from a2wsgi import WSGIMiddleware
from django.conf import settings

from inference.jobs import notices
from inference.live.topic import moved
from inference.probing import abandoned
from inference.redis_client import close_async_clients
from voiceclone.api.body_limit import Refused
from voiceclone.api.content_type import WsgiApplication
from voiceclone.api.waiting import LiveResponse
from voiceclone.front.arrival import Pace
from voiceclone.front.asgi import Receive, Send, hung_up
from voiceclone.front.body import BODY, Intake
from voiceclone.front.descriptors import allow_many_connections
from voiceclone.front.exchange import Exchange
from voiceclone.front.health import PATHS, Health
from voiceclone.front.pending import Pending
from voiceclone.front.refused import closing
from voiceclone.front.slot import SLOT, Slot
from voiceclone.front.stopping import Stopping
from voiceclone.front.streamed import send_streamed
from voiceclone.front.streaming import LiveAnswer
from voiceclone.front.threads import Threads
from voiceclone.front.waiting import wait_for
from voiceclone.front.wsgi import Between

log = structlog.get_logger(__name__)

_STREAM_GRACE = 3.0
"""Seconds that a server which ends leaves a stream to come to its own end."""


class Front:
    """The ASGI application: the WSGI one in threads, and those that wait without any.

    A request is given a thread once its body is there, and gives it back before its answer is
    sent: slow clients hold none.
    """

    def __init__(self, application: WsgiApplication, *, threads: int) -> None:
        self._wanted = threads
        wsgi: Any = WSGIMiddleware(Between(application), workers=threads)
        self._wsgi = wsgi
        self._threads = Threads("front")
        self._readers = Threads("blocks", 8)
        self._health = Health()
        self._stopping = Stopping()
        self._intake = Intake(
            pace=Pace(settings.BODY_SECONDS, settings.BODY_BYTES_PER_SECOND),
            places=settings.WEB_UPLOADS,
            threads=threads,
        )

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve a request, or the server's own beginning and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"] in PATHS:
            await self._health.answer(scope, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._wsgi(scope, receive, send)  # which declines what is not HTTP

    async def _serve(self, scope: Any, receive: Receive, send: Send) -> None:
        slot = Slot()
        async with self._intake.body(scope, receive) as body:
            if body is None:
                return
            if body.refused is Refused.TOO_SLOW:
                send = closing(receive, send, seconds=0.0)
            elif body.refused is not None:
                send = closing(receive, send)
            with _watched(receive, body.length):
                await self._wsgi({**scope, SLOT: slot, BODY: body}, receive, slot.passing(send))
        if slot.pending is not None:
            await self._answer(slot.pending, receive, send)
        elif slot.streamed is not None:
            await send_streamed(slot.streamed, receive, send, threads=self._readers)

    async def _answer(self, pending: Pending, receive: Receive, send: Send) -> None:
        with Exchange(pending, receive, send, threads=self._threads) as exchange:
            if isinstance(pending.deferred, LiveResponse):
                exchange.begin(self._stopping, grace=_STREAM_GRACE)
                await LiveAnswer(exchange, pending.deferred).send()
            else:
                exchange.begin(self._stopping, grace=0.0)
                await wait_for(exchange)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        allow_many_connections()
        notices.follow()
        moved.follow()
        self._stopping.listen()
        await send({"type": "lifespan.startup.complete"})
        log.info("web_ready", threads=self._wanted)
        await receive()
        self._stopping.begin()
        self._threads.close()
        self._readers.close()
        self._health.close()
        self._intake.close()
        await close_async_clients()
        await send({"type": "lifespan.shutdown.complete"})


@contextmanager
def _watched(receive: Receive, length: int) -> Iterator[None]:
    """Have the thread that works on a body know when nobody waits for its answer any more."""
    if not length:
        yield
        return
    gone = asyncio.get_running_loop().create_task(hung_up(receive))
    abandoned.set(gone.done)
    try:
        yield
    finally:
        gone.cancel()
