"""Looking a name up, in bounded time, and judging every answer."""

import socket
import threading
from ipaddress import ip_address
from typing import Any

from inference.fetch.addresses import is_public
from inference.fetch.errors import FetchError, forbidden, timed_out
from inference.fetch.target import Target


def addresses_of(target: Target, *, seconds: float) -> list[str]:
    """Return the addresses that a connection to ``target`` may be made to.

    One answer that is not public condemns them all: a name that means both a public and a
    private host is an attack or a mistake. Only an operator's exception passes.

    Raises:
        FetchError: ``FORBIDDEN_ADDRESS``; ``DNS_FAILED`` or ``TIMED_OUT``, which may pass.
    """
    literal = target.literal
    written = [str(literal)] if literal is not None else _look_up(target, seconds)
    if not target.excepted:
        for one in written:
            if "%" in one or not is_public(ip_address(one)):
                raise forbidden()
    return written


def _look_up(target: Target, seconds: float) -> list[str]:
    """Ask the system's resolver; it knows no time limit, so it is left to its thread."""
    answers: list[Any] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.extend(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = threading.Thread(target=ask, name="resolver", daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if thread.is_alive():
        raise timed_out()
    if failures or not answers:
        raise FetchError("DNS_FAILED", "The URL's host name was not found.", permanent=False)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))
