"""Request bodies are read here, on the event loop, before a request is given a thread."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import IO, Any

import structlog
from a2wsgi.wsgi import build_environ
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError

from voiceclone.api.body_limit import ANYBODYS_LIMIT, Refused, limit_of, stated_length
from voiceclone.api.credentials import api_key_of
from voiceclone.front.arrival import Arrival, GoneError, Pace, TooSlowError
from voiceclone.front.asgi import Receive
from voiceclone.front.room import NoRoomError, Room
from voiceclone.front.spool import Spool
from voiceclone.front.threads import Threads

log = structlog.get_logger(__name__)

BODY = "voiceclone.body"
"""Where the front's scope carries the body. No client can write there."""

_PATIENCE = 20.0
"""Seconds that a large body waits for a place."""

_MOST_ARRIVING = 500
"""Small bodies of which a part is awaited; one more, and the oldest is given up."""


@dataclass(slots=True)
class Body:
    """A body that has arrived, or why it was not read."""

    file: IO[bytes] = field(default_factory=BytesIO)
    length: int = 0
    refused: Refused | None = None


class _RefusedError(Exception):
    def __init__(self, why: Refused) -> None:
        super().__init__(why)
        self.why = why


class Intake:
    """Reads bodies: those that anybody may send in memory, larger ones in files, few at a time.

    A larger one comes with a key, and waits for room: while it arrives, and then to be worked on,
    so that recordings never take all threads. What is too large or too slow is not read on;
    the application words the refusal.
    """

    def __init__(self, *, pace: Pace, places: int, threads: int) -> None:
        self._pace = pace
        self._places = Room(places)
        self._threads_for_large = Room(max(2, threads // 2))
        self._threads = Threads("bodies")
        self._arriving: dict[Arrival, None] = {}

    @asynccontextmanager
    async def body(self, scope: Any, receive: Receive) -> AsyncIterator[Body | None]:
        """Give a request's body, which lasts as long as the context; None where nobody waits."""
        async with AsyncExitStack() as held:
            try:
                body = await self._read(scope, receive, held)
            except _RefusedError as error:
                body = Body(refused=error.why)
            except TooSlowError:
                body = Body(refused=Refused.TOO_SLOW)
            except GoneError:
                body = None
            yield body

    def close(self) -> None:
        """Take no more."""
        self._threads.close()

    async def _read(self, scope: Any, receive: Receive, held: AsyncExitStack) -> Body:
        headers = dict(scope["headers"])
        is_chunked = b"transfer-encoding" in headers
        stated = None if is_chunked else stated_length(headers.get(b"content-length", b"0"))
        limit = limit_of(scope["path"])
        if stated == 0:
            return Body()
        if stated is not None and stated > limit:
            raise _RefusedError(Refused.TOO_LARGE)
        spool = Spool(self._threads)
        held.callback(spool.close)
        arrival = Arrival(receive, self._pace)
        is_whole = False
        if stated is None or stated <= ANYBODYS_LIMIT:
            is_whole = await self._read_small(arrival, spool, min(limit, ANYBODYS_LIMIT))
        if not is_whole and limit <= ANYBODYS_LIMIT:
            raise _RefusedError(Refused.TOO_LARGE)
        if not is_whole:
            sender = await self._sender_of(scope)
            await self._take_place(self._places, sender, held)
            arrival.begin()
            if not await _fill(spool, arrival, limit):
                raise _RefusedError(Refused.TOO_LARGE)
            await self._take_place(self._threads_for_large, sender, held)
        return Body(spool.file(), spool.length)

    async def _read_small(self, arrival: Arrival, spool: Spool, limit: int) -> bool:
        self._arriving[arrival] = None
        if len(self._arriving) > _MOST_ARRIVING:
            oldest = next(iter(self._arriving))
            del self._arriving[oldest]
            oldest.give_up()
        try:
            return await _fill(spool, arrival, limit)
        finally:
            self._arriving.pop(arrival, None)

    async def _sender_of(self, scope: Any) -> str:
        sender: str | None = await self._threads.run("", _sender_of, scope)
        if sender is None:
            raise _RefusedError(Refused.NO_KEY)
        return sender

    async def _take_place(self, room: Room, sender: str, held: AsyncExitStack) -> None:
        try:
            await held.enter_async_context(room.place(sender, patience=_PATIENCE))
        except NoRoomError:
            raise _RefusedError(Refused.NO_ROOM) from None


async def _fill(spool: Spool, arrival: Arrival, limit: int) -> bool:
    """Read on to the end of a body; False where it goes on past ``limit``."""
    more = True
    while more:
        data, more = await arrival.next()
        try:
            await spool.write(data)
        except OSError as error:
            log.warning("body_not_stored", error=repr(error))
            raise _RefusedError(Refused.NO_ROOM) from error
        if spool.length > limit:
            return False
    return True


def _sender_of(scope: Any) -> str | None:
    """Return whose key a request carries; None where it is none."""
    environ: Any = build_environ(scope, None)  # type: ignore[arg-type]  # the body is not looked at
    try:
        key = api_key_of(WSGIRequest({**environ, "wsgi.input": BytesIO()}))
    except DatabaseError:
        return ""  # the view meets the same fault, and answers for it
    return None if key is None else str(key.workspace_id)
