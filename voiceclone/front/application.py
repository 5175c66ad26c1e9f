from typing import Any

from a2wsgi import WSGIMiddleware

from inference.redis_client import close_async_clients
from voiceclone.api.content_type import WsgiApplication
from voiceclone.api.waiting import LiveResponse
from voiceclone.front.asgi import Receive, Send
from voiceclone.front.exchange import Exchange
from voiceclone.front.pending import Pending
from voiceclone.front.slot import SLOT, Slot
from voiceclone.front.stopping import Stopping
from voiceclone.front.streaming import LiveAnswer
from voiceclone.front.threads import Threads
from voiceclone.front.waiting import wait_for

_STREAM_GRACE = 3.0
"""Seconds that a server which ends leaves a stream to come to its own end."""


class Front:
    """The ASGI application: the WSGI one in threads, and those that wait without any."""

    def __init__(self, application: WsgiApplication, *, threads: int) -> None:
        wsgi: Any = WSGIMiddleware(application, workers=threads)
        self._wsgi = wsgi
        self._threads = Threads()
        self._stopping = Stopping()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve a request, or the server's own beginning and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        slot = Slot()
        await self._wsgi({**scope, SLOT: slot}, receive, slot.unless_pending(send))
        if slot.pending is not None:
            await self._answer(slot.pending, receive, send)

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
        self._stopping.listen()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._stopping.begin()
        self._threads.close()
        await close_async_clients()
        await send({"type": "lifespan.shutdown.complete"})
