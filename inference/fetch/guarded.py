"""GET and POST to addresses that customers give, as safely as we know.

Nothing of the environment is heeded: no proxy variables, no .netrc, no cookies. Nothing is
decompressed, so what a server sends is what is counted.
"""

import functools
import ssl
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from urllib.parse import urljoin

import httpcore

from inference.fetch.connection import Connection, OwnersConnections
from inference.fetch.errors import FetchError, invalid, timed_out
from inference.fetch.network import Deadline, HeadTooLargeError
from inference.fetch.resolver import addresses_of
from inference.fetch.target import Target, read_target

MAX_REDIRECTS = 3
EXCERPT_BYTES = 2048
_IN_MEMORY = 1024 * 1024
_MAX_DIGITS = 18  # of a length; int() refuses thousands of them
_REDIRECTS = {301, 302, 303, 307, 308}
_GOOD = range(200, 300)
_PASSING = {408, 425, 429, *range(500, 600)}
"""Statuses that another attempt may not meet again."""
USER_AGENT = "voiceclone/1"


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: to connect, for one wait on the server, and for all of it with redirects."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0


@dataclass(slots=True)
class Fetched:
    """What a GET brought: ``body`` stands at its beginning and is the caller's to close."""

    body: IO[bytes]
    size: int
    content_type: str
    final_url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a POST was answered, with the beginning of the body as it came."""

    status: int
    headers: dict[str, str]
    excerpt: bytes


_DEFAULT = Timeout()
_NONE: Mapping[str, str] = {}


def get(
    url: str,
    *,
    max_bytes: int,
    timeout: Timeout = _DEFAULT,
    allowed: Collection[str] = (),
) -> Fetched:
    """Fetch a file of at most ``max_bytes``, over at most 3 redirects.

    Raises:
        FetchError: the URL is refused, or the server does not answer as it must.
    """
    deadline = Deadline(timeout.total)
    target = read_target(url, allowed=allowed)
    for _ in range(1 + MAX_REDIRECTS):
        with _exchange("GET", target, timeout, deadline) as response:
            if response.status in _REDIRECTS:
                target = _next_target(target, _header(response, "location"), allowed)
                continue
            _refuse_unusable(response, max_bytes)
            body, size = _read_into_file(response, max_bytes)
            content_type = _header(response, "content-type")
            return Fetched(body, size, content_type, target.url)
    raise FetchError("TOO_MANY_REDIRECTS", "The URL redirects too often.", permanent=True)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: Timeout = _DEFAULT,
    allowed: Collection[str] = (),
    kept: OwnersConnections | None = None,
) -> Reply:
    """Send ``body`` and return the answer, whatever its status; redirects are not followed.

    With ``kept`` the connection may be one that is open already, and stays open for the next
    request of the same owner to the same host and port. The server may then be sent the body
    twice: a kept connection that breaks before any answer is replaced by a new one.

    Raises:
        FetchError: the URL is refused, or there was no answer.
    """
    deadline = Deadline(timeout.total)
    target = read_target(url, allowed=allowed)
    with _exchange(
        "POST", target, timeout, deadline, headers=headers, body=body, kept=kept
    ) as response:
        excerpt = b""
        try:
            for block in response.iter_stream():
                excerpt += block
                if len(excerpt) >= EXCERPT_BYTES:
                    break
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
            pass  # the status has been said, which is what counts
        return Reply(response.status, _headers(response), excerpt[:EXCERPT_BYTES])


@contextmanager
def _exchange(
    method: str,
    target: Target,
    timeout: Timeout,
    deadline: Deadline,
    *,
    headers: Mapping[str, str] = _NONE,
    body: bytes = b"",
    kept: OwnersConnections | None = None,
) -> Iterator[httpcore.Response]:
    """Yield the answer of one request."""
    sent = {
        "Host": target.host_header,
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **({"Connection": "close"} if kept is None else {}),
        **headers,
    }
    if method == "POST":
        sent["Content-Length"] = str(len(body))
    waits = {"connect": timeout.connect, "read": timeout.read, "write": timeout.read}

    def send(connection: Connection) -> httpcore.Response:
        return connection.send(
            method, target, headers=sent, body=body, waits=waits, deadline=deadline
        )

    with _translated():
        connection = None if kept is None else kept.take(target)
        response = None if connection is None else _on_kept(connection, send)
        if connection is None or response is None:
            addresses = addresses_of(target, seconds=min(timeout.connect, deadline.left()))
            connection = Connection(target, addresses, tls())
            response = _or_closed(connection, send)
        try:
            yield response
        finally:
            response.close()
            if kept is None:
                connection.close()
            else:
                kept.give_back(target, connection)


def _on_kept(
    connection: Connection, send: Callable[[Connection], httpcore.Response]
) -> httpcore.Response | None:
    """Return the answer on a kept connection; None if the server had closed it meanwhile."""
    try:
        return _or_closed(connection, send)
    except (httpcore.NetworkError, httpcore.RemoteProtocolError):
        if connection.was_answered:
            raise
        return None


def _or_closed(
    connection: Connection, send: Callable[[Connection], httpcore.Response]
) -> httpcore.Response:
    try:
        return send(connection)
    except BaseException:
        connection.close()
        raise


@functools.cache
def tls() -> ssl.SSLContext:
    """Return how certificates are verified: against the system's authorities and certifi's."""
    return httpcore.default_ssl_context()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise timed_out() from error
    except HeadTooLargeError as error:
        raise FetchError(
            "BAD_RESPONSE", "The server's answer has too large headers.", permanent=False
        ) from error
    except httpcore.ProtocolError as error:
        raise FetchError(
            "BAD_RESPONSE", "The server's answer is not HTTP as it should be.", permanent=False
        ) from error
    except (httpcore.NetworkError, ssl.SSLError) as error:
        # httpcore wraps what the socket raised, and its pool drops the cause.
        if any(isinstance(said, ssl.SSLError) for said in (error, *error.args)):
            raise FetchError(
                "TLS_FAILED", "No safe connection: is the certificate valid?", permanent=False
            ) from error
        raise FetchError(
            "CONNECT_FAILED", "The server could not be reached.", permanent=False
        ) from error


def _next_target(target: Target, location: str, allowed: Collection[str]) -> Target:
    if not location or any(character.isspace() for character in location) or "\\" in location:
        raise invalid("The URL redirects to nowhere.")
    following = read_target(urljoin(target.url, location), allowed=allowed)
    if target.scheme == "https" and following.scheme != "https":
        raise invalid("The URL redirects from https to http.")
    return following


def _refuse_unusable(response: httpcore.Response, max_bytes: int) -> None:
    status = response.status
    if status not in _GOOD:
        raise FetchError(
            "HTTP_STATUS",
            f"The server answered with status {status}.",
            permanent=status not in _PASSING,
        )
    if _header(response, "content-encoding").lower() not in {"", "identity"}:
        raise FetchError(
            "ENCODED_BODY", "The server compressed a file it was asked not to.", permanent=True
        )
    length = _header(response, "content-length")
    if length.isdecimal() and (len(length) > _MAX_DIGITS or int(length) > max_bytes):
        raise _too_large(max_bytes)


def _read_into_file(response: httpcore.Response, max_bytes: int) -> tuple[IO[bytes], int]:
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes
    try:
        for block in response.iter_stream():
            file.write(block)
            if file.tell() > max_bytes:
                break
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    if size > max_bytes:
        file.close()
        raise _too_large(max_bytes)
    return file, size


def _too_large(max_bytes: int) -> FetchError:
    return FetchError("TOO_LARGE", f"The file is larger than {max_bytes} bytes.", permanent=True)


def _headers(response: httpcore.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


def _header(response: httpcore.Response, name: str) -> str:
    return _headers(response).get(name, "")
