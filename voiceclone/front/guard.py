"""A connection's own limits: on heads that do not end, and on answers that nobody reads."""

import asyncio
from typing import Any

import structlog
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

log = structlog.get_logger(__name__)

_MAX_FRAMING = 128 * 1024
"""Bytes of a request that are no body: its head, and what frames a body in chunks."""

_FRAMING_PER_BYTE = 8
"""Bytes of framing allowed for each byte of body; a chunk of one byte takes six."""

MAX_IDLE = 1000
"""Connections without a complete head in one process; one more, and the oldest is closed."""

_idle: dict["Guard", None] = {}
_REFUSAL = b"content-length: 0\r\nconnection: close\r\n\r\n"


class Guard(HttpToolsProtocol):
    """uvicorn's side of a connection, which no client can hold for nothing.

    - A head must be complete HEAD_SECONDS after the connection or the answer before it, and
      stay within 128 KB. uvicorn itself waits for ever, and keeps whatever comes.
    - Of the connections whose head is not complete the oldest goes when there are too many.
    - An answer of which nothing is taken for UNREAD_SECONDS breaks the connection off.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unfinished: list[RequestResponseCycle] = []
        self._is_in_head = True
        self._has_begun = False
        self._framing = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_head_timer()
        self._stop_unread_timer()
        self._disconnect()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the request consists of too much that is no body."""
        self._framing += len(data)
        super().data_received(data)
        if self._framing > _MAX_FRAMING + len(data):
            self._refuse(431 if self._is_in_head else 400)

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        self._is_in_head = self._has_begun = True
        self._framing = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those after a body mean nothing here and are not kept."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._is_in_head = self._has_begun = False
        self._stop_head_timer()
        super().on_headers_complete()
        waiting = [cycle for cycle in self._unfinished if not cycle.response_complete]
        self._unfinished = [*waiting, self.cycle]

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._framing = max(0, self._framing - (1 + _FRAMING_PER_BYTE) * len(body))
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Wait for the next request, and for the client to read this answer."""
        super().on_response_complete()
        if not self.pipeline and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        if self.transport.get_write_buffer_size():
            self._await_reading()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Go on: it has read."""
        self._stop_unread_timer()
        super().resume_writing()

    def _await_head(self) -> None:
        if self._head_timer is not None:
            return
        self._head_timer = self.loop.call_later(settings.HEAD_SECONDS, self._head_is_late)
        _idle[self] = None
        if len(_idle) > MAX_IDLE:
            oldest = next(iter(_idle))
            oldest._stop_head_timer()  # noqa: SLF001 - of its own kind
            oldest._break_off()  # noqa: SLF001

    def _stop_head_timer(self) -> None:
        _idle.pop(self, None)
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        _idle.pop(self, None)
        if self._has_begun:
            self._refuse(408)
        else:  # nobody has asked for anything
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer in short, unless an answer is on its way, and close."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(STATUS_LINE[status] + _REFUSAL)
            self.transport.close()
            self._await_reading()
        else:
            self._break_off()

    def _break_off(self) -> None:
        self._disconnect()
        self.transport.abort()

    def _disconnect(self) -> None:
        """Have every request know that its client is gone.

        uvicorn tells only the one read last, and only after the connection is closed: another of
        several in a row, or one that is sending, would go on and fail.
        """
        for cycle in self._unfinished:
            if not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def _await_reading(self) -> None:
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(settings.UNREAD_SECONDS, self._is_unread)

    def _stop_unread_timer(self) -> None:
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def _is_unread(self) -> None:
        self._unread_timer = None
        if self.transport.get_write_buffer_size():
            log.info("answer_not_read", client=self.client)
            self._break_off()
