"""One connection to judged addresses, and those that are kept open between requests."""

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from inference.fetch.network import Deadline, GuardedNetwork
from inference.fetch.target import Target

MAX_HEAD_BYTES = 64 * 1024
"""An answer's bytes before its head is complete: its lines, and 1xx answers before."""
IDLE_SECONDS = 15.0
"""For so long an unused connection is kept."""
MAX_AGE_SECONDS = 60.0
"""After this a connection is used no more, so that its name is looked up and judged anew."""

Key = tuple[str, str, str, int, bool]


class Connection:
    """A connection to one target. Only one request at a time may use it."""

    def __init__(self, target: Target, addresses: list[str], tls: ssl.SSLContext) -> None:
        self._network = GuardedNetwork(addresses)
        self._inner = httpcore.HTTPConnection(
            httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port),
            ssl_context=tls,
            network_backend=self._network,
        )
        self._opened = time.monotonic()

    def send(
        self,
        method: str,
        target: Target,
        *,
        headers: Mapping[str, str],
        body: bytes,
        waits: Mapping[str, float],
        deadline: Deadline,
    ) -> httpcore.Response:
        """Send a request and return the answer once its head is complete; close it after use.

        Raises what httpcore raises, or HeadTooLargeError.
        """
        self._network.begin(deadline, head_budget=MAX_HEAD_BYTES)
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.port,
                target=target.path.encode(),
            ),
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=body,
            extensions={"timeout": dict(waits)},
        )
        response = self._inner.handle_request(request)
        if not self._network.received:
            raise httpcore.RemoteProtocolError("this answer came before the request")
        self._network.head_budget = None
        return response

    @property
    def was_answered(self) -> bool:
        """Whether any byte has come since the last request began."""
        return self._network.received > 0

    @property
    def is_reusable(self) -> bool:
        """Whether another request may follow: the last answer is read, the server still there."""
        young = time.monotonic() - self._opened < MAX_AGE_SECONDS
        return young and self._inner.is_idle() and not self._inner.has_expired()

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()


@dataclass(frozen=True, slots=True)
class _Idle:
    key: Key
    connection: Connection
    since: float


class KeptConnections:
    """Idle connections, at most ``most`` of them; safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: list[_Idle] = []  # the longest idle first
        self._lock = threading.Lock()
        self._closed = False

    def of(self, owner: str) -> "OwnersConnections":
        """Return the view of one owner, such as a tenant. No owner gets another's connection."""
        return OwnersConnections(self, owner)

    def take(self, key: Key) -> Connection | None:
        """Take the connection that was used last for ``key``, or None."""
        self.close_stale()
        while True:
            with self._lock:
                found = next((one for one in reversed(self._idle) if one.key == key), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if found.connection.is_reusable:
                return found.connection
            found.connection.close()

    def give_back(self, key: Key, connection: Connection) -> None:
        """Keep a connection for the next request, or close it if it cannot serve one."""
        closing = connection
        if connection.is_reusable:
            with self._lock:
                if not self._closed:
                    self._idle.append(_Idle(key, connection, time.monotonic()))
                    if len(self._idle) <= self._most:
                        return
                    closing = self._idle.pop(0).connection
        closing.close()

    def close_stale(self) -> None:
        """Close what was idle for too long."""
        before = time.monotonic() - IDLE_SECONDS
        with self._lock:
            stale = [one for one in self._idle if one.since <= before]
            self._idle = [one for one in self._idle if one.since > before]
        for one in stale:
            one.connection.close()

    def close(self) -> None:
        """Close all, and keep none from now on."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for one in idle:
            one.connection.close()


@dataclass(frozen=True, slots=True)
class OwnersConnections:
    """The kept connections that one owner may use."""

    _all: KeptConnections
    _owner: str

    def take(self, target: Target) -> Connection | None:
        """Take a connection to the target's scheme, host and port, or None."""
        return self._all.take(self._key(target))

    def give_back(self, target: Target, connection: Connection) -> None:
        """Keep a connection, or close it."""
        self._all.give_back(self._key(target), connection)

    def _key(self, target: Target) -> Key:
        return self._owner, target.scheme, target.host, target.port, target.excepted
