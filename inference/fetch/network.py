"""The connection beneath httpcore: to judged addresses only, and never beyond its time.

httpcore asks for a connection to the URL's host. It gets one to an address that was judged
before, while the host's name stays what the Host header, SNI and the certificate are about.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
from httpcore import SOCKET_OPTION

_TRIES = 4
_BLOCK = 16 * 1024


class Deadline:
    """The moment by which all must be done, and how long one wait may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left, 0 or less when time is up."""
        return self._end - time.monotonic()

    def within(self, timeout: float | None) -> float:
        """Return ``timeout`` cut to the time left.

        Raises:
            httpcore.TimeoutException: there is none left.
        """
        left = self.left()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is up")
        return left if timeout is None else min(timeout, left)


class HeadTooLargeError(Exception):
    """The server sent more than it may before its answer began."""


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to the first of the judged addresses that answers."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses
        self._inner = httpcore.SyncBackend()
        self._deadline = Deadline(0)
        self.head_budget: int | None = None
        """Bytes that may come before the answer's head is complete; None for no limit."""
        self.received = 0
        """Bytes that have come since the exchange began."""

    def begin(self, deadline: Deadline, *, head_budget: int) -> None:
        """Begin an exchange, which ends by ``deadline``."""
        self._deadline = deadline
        self.head_budget = head_budget
        self.received = 0

    def count(self, block: bytes) -> None:
        """Count what has come.

        Raises:
            HeadTooLargeError: it is more than an answer's head may have.
        """
        self.received += len(block)
        if self.head_budget is not None and self.received > self.head_budget:
            raise HeadTooLargeError

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - only addresses that were judged are connected to
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect; the host that httpcore names is not looked up again."""
        problem: Exception = httpcore.ConnectError("no address")
        for address in self._addresses[:_TRIES]:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._deadline.within(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return GuardedStream(stream, self)
        raise problem

    def connect_unix_socket(self, *_args: Any, **_options: Any) -> httpcore.NetworkStream:
        """Refuse: no URL means one."""
        raise httpcore.UnsupportedProtocol("unix sockets are not for URLs")

    def within(self, timeout: float | None) -> float:
        """Return ``timeout`` cut to the time left."""
        return self._deadline.within(timeout)


class GuardedStream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline, however slowly bytes drip."""

    def __init__(self, inner: httpcore.NetworkStream, network: GuardedNetwork) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come."""
        block = self._inner.read(max_bytes, self._network.within(timeout))
        self._network.count(block)
        return block

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write, with a look at the clock for each block."""
        for start in range(0, len(buffer), _BLOCK):
            self._inner.write(buffer[start : start + _BLOCK], self._network.within(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Shake hands under the URL's name; the certificate must be for it."""
        inner = self._inner.start_tls(ssl_context, server_hostname, self._network.within(timeout))
        return GuardedStream(inner, self._network)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks about the socket."""
        return self._inner.get_extra_info(info)
