"""HTTP on a socket, as uvicorn speaks it, without two of its faults."""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger, for no seconds


class Protocol(HttpToolsProtocol):
    """The server's side of a connection: ``uvicorn --http voiceclone.front.protocol:Protocol``.

    - Small writes leave at once. With ``--workers`` uvicorn opens its socket such that asyncio
      does not set TCP_NODELAY, and the body of each kept-alive answer waits for the client's
      delayed acknowledgement of the head, about 40 ms.
    - A client that speaks HTTP/1.0 gets an answer of unknown length as it is, to the end of the
      connection. It knows no chunks, and would take their sizes for a part of the audio.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Turn Nagle's algorithm off."""
        connection = transport.get_extra_info("socket")
        if connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Reset a connection whose orderly end would be taken for that of the answer."""
        if isinstance(self.cycle, _UnframedCycle) and self.cycle.is_broken_off:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        super().on_headers_complete()
        if self.parser.get_http_version() == "1.0" and self.cycle is not None:
            # uvicorn has no option for the class. The answer's task has not run yet.
            self.cycle.__class__ = _UnframedCycle


class _UnframedCycle(RequestResponseCycle):
    """A request in HTTP/1.0 and its answer, which may end with the connection."""

    _is_unframed = False

    @property
    def is_broken_off(self) -> bool:
        """Whether only the connection's end could tell the client that this is not the whole."""
        return self._is_unframed and not self.response_complete

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _value in message.get("headers", ())}
            self._is_unframed = b"content-length" not in names
            if self._is_unframed:
                self.chunked_encoding = False
        elif self._is_unframed:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)
