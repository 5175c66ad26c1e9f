"""Sending a speech's audio as it is made, and the rest from where it is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from enum import Enum, auto

import structlog
from django.db import DatabaseError
from django.http import StreamingHttpResponse

from inference.jobs.model import JobState
from inference.live import LiveChunk, LiveLostError, read
from speech.delivery import begin_delivery, note_delivered
from voiceclone.api.waiting import LiveResponse
from voiceclone.front.exchange import Exchange
from voiceclone.front.stored import headers_of, open_audio, read_chunk

log = structlog.get_logger(__name__)

_CANCEL_SECONDS = 0.1


class _End(Enum):
    """How the sending came to its end; that of the live stream alone leaves the stored rest."""

    OF_THE_STREAM = auto()
    WHOLE = auto()
    FAILED = auto()
    LATE = auto()
    STOPPED = auto()
    STUCK = auto()
    GONE = auto()


class LiveAnswer:
    """The answer to a request for a speech while it is made."""

    def __init__(self, exchange: Exchange, deferred: LiveResponse) -> None:
        self._exchange = exchange
        self._deferred = deferred
        self._framing = deferred.framing
        self._is_begun = False
        self._reached = 0
        self._noted = 0
        self._attempt: int | None = None

    async def send(self) -> None:
        """Send it, or the finisher's answer where there is no audio to begin with."""
        exchange, pending = self._exchange, self._exchange.pending
        end = await self._follow()
        if end is _End.WHOLE:
            end = await self._push(self._framing.last(self._deferred.state), more=False) or end
        if end is _End.WHOLE:
            return
        if end in (_End.GONE, _End.STOPPED, _End.STUCK):
            await exchange.cancel()
        if self._is_begun:
            await self._break_off(end)
        elif end is _End.STOPPED:
            await exchange.answer(pending.refuse)
        elif exchange.job_is_gone:
            await exchange.answer(pending.gone)
        elif end is not _End.GONE:
            await exchange.finish(timed_out=end is _End.LATE)

    async def _break_off(self, end: _End) -> None:
        """Say in the body why it is not the whole, where the framing can, or just leave off."""
        job_id, failed = self._deferred.job_id, self._framing.failed
        log.warning("stream_broken_off", job_id=job_id, why=end.name.lower())
        if failed is None or end in (_End.GONE, _End.STUCK):
            return  # without an end of the body, which has the server break the connection off
        try:
            said = await self._exchange.run(failed, self._deferred.state, end is _End.STOPPED)
        except Exception as error:  # noqa: BLE001 - breaking off will do as well
            log.warning("stream_end_not_explained", job_id=job_id, error=repr(error))
            return
        await self._exchange.body(said)
        await self._exchange.body(b"", more=False)

    async def _follow(self) -> _End:
        """Send chunks as they are made; what the live stream lacks comes from the file."""
        ends_at = asyncio.get_running_loop().time() + self._deferred.seconds
        async with aclosing(read(self._deferred.job_id)) as chunks:
            source: AsyncIterator[LiveChunk] = chunks
            while True:
                found = await self._pull(source, None if self._is_begun else ends_at)
                if isinstance(found, _End):
                    break
                if not await self._may_send(found):
                    source = _nothing()  # of a lost attempt; the stored file has the right one
                elif (end := await self._send_live(found)) is not None:
                    return end
        return await self._send_stored() if found is _End.OF_THE_STREAM else found

    async def _may_send(self, chunk: LiveChunk) -> bool:
        """Bind this answer to the attempt that made its first chunk."""
        if self._attempt is None:
            exchange, job_id = self._exchange, self._deferred.job_id
            if not await exchange.patiently(begin_delivery, job_id, chunk.attempt):
                return False
            self._attempt = chunk.attempt
        return chunk.attempt == self._attempt

    async def _pull(
        self, chunks: AsyncIterator[LiveChunk], ends_at: float | None
    ) -> LiveChunk | _End:
        """Return the next chunk, or what came before it."""
        exchange = self._exchange
        ended, gone, stopped = exchange.ended, exchange.gone, exchange.stopped
        left = None if ends_at is None else ends_at - asyncio.get_running_loop().time()
        pull = exchange.task(_next(chunks))
        try:
            await asyncio.wait(
                {pull, ended, gone, stopped},
                timeout=None if left is None else max(0.0, left),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if gone.done():
                return _End.GONE
            if ended.done() and ended.result() != JobState.COMPLETED:
                return _End.FAILED
            if pull.done():
                chunk: LiveChunk = pull.result()
                return chunk
            if ended.done():
                return _End.OF_THE_STREAM
            return _End.STOPPED if stopped.done() else _End.LATE
        finally:
            await _cancel(pull)  # a stream can be closed only when nobody reads it

    async def _send_live(self, chunk: LiveChunk) -> _End | None:
        if (end := await self._push(self._framing.each(chunk))) is not None:
            return end
        self._reached = chunk.offset + len(chunk.data)
        if chunk.text_bytes > self._noted:
            self._noted = chunk.text_bytes
            await self._note(chunk)
        return None

    async def _note(self, chunk: LiveChunk) -> None:
        job_id = self._deferred.job_id
        try:
            await self._exchange.run(note_delivered, job_id, chunk.attempt, chunk.text_bytes)
        except DatabaseError as error:  # the customer may then pay less than they received
            log.warning("delivery_not_noted", job_id=self._deferred.job_id, error=repr(error))

    async def _send_stored(self) -> _End:
        """Send the rest from the stored file."""
        exchange = self._exchange
        try:
            file = await exchange.run(
                open_audio, self._deferred.job_id, self._reached, attempt=self._attempt
            )
        except Exception as error:  # noqa: BLE001 - a storage raises whatever its client raises
            log.warning("stored_audio_missing", job_id=self._deferred.job_id, error=repr(error))
            return _End.FAILED
        try:
            while (chunk := await exchange.run(read_chunk, file)) is not None:
                if (end := await self._push(self._framing.each(chunk))) is not None:
                    return end
        finally:
            await exchange.run(file.close)
        return _End.WHOLE

    async def _push(self, data: bytes, *, more: bool = True) -> _End | None:
        """Hand a part of the body to the server, which may hold us up for a slow client."""
        exchange = self._exchange
        sending = exchange.task(self._send(data, more=more))
        await asyncio.wait(
            {sending, exchange.gone, exchange.stopped}, return_when=asyncio.FIRST_COMPLETED
        )
        if sending.done() and not more:
            sending.result()
            return None  # after the whole body the server says that the client is gone
        if exchange.gone.done():
            return _End.GONE
        if not sending.done():  # a client that takes nothing would not take a last word either
            return _End.STUCK if self._is_begun else _End.STOPPED
        sending.result()
        return None

    async def _send(self, data: bytes, *, more: bool) -> None:
        if not self._is_begun:
            self._is_begun = True
            headers = await self._exchange.run(self._headers)
            await self._exchange.start(200, headers)
            data = self._framing.first() + data
        if data or not more:
            await self._exchange.body(data, more=more)

    def _headers(self) -> list[tuple[str, str]]:
        # A proxy that gathers an answer before it passes it on would undo all of this.
        own = {**headers_of(self._deferred), "X-Accel-Buffering": "no"}
        response = self._exchange.pending.carry_over(StreamingHttpResponse(headers=own))
        return list(response.items())


async def _next(chunks: AsyncIterator[LiveChunk]) -> LiveChunk:
    """Return the next chunk; where none will come this way, wait for ever: the job's end tells."""
    try:
        async for chunk in chunks:
            return chunk
    except LiveLostError as error:
        log.info("live_stream_lost", error=str(error))
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets")


async def _nothing() -> AsyncIterator[LiveChunk]:
    """Yield no chunk, so that :func:`_next` waits."""
    none: list[LiveChunk] = []
    for chunk in none:
        yield chunk


async def _cancel(task: "asyncio.Task[LiveChunk]") -> None:
    """Cancel a task for good: Redis's client was seen to swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_CANCEL_SECONDS)
