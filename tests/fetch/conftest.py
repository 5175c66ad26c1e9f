import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.fetch.servers import Server, answering


class Resolver:
    """Stands in for the system's resolver: names mean what a test says, call by call."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._real = socket.getaddrinfo

    def say(self, name: str, *answers: list[str]) -> None:
        """Have each look-up of ``name`` give the next of ``answers``, the last one for good."""
        self.answers[name] = list(answers)

    def __call__(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host not in self.answers:
            options["flags"] = socket.AI_NUMERICHOST  # tests ask no server
            return self._real(host, port, *args, **options)
        self.asked.append(host)
        left = self.answers[host]
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in found
        ]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    stand_in = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", stand_in)
    return stand_in


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that connections were asked for."""
    asked: list[str] = []
    real = socket.create_connection

    def create(address: Any, *args: Any, **options: Any) -> Any:
        asked.append(address[0])
        return real(address, *args, **options)

    monkeypatch.setattr(socket, "create_connection", create)
    return asked


class Canary:
    """Listens on the same port of both loopbacks and must not be visited."""

    def __init__(self, four: Server, six: Server | None) -> None:
        self._servers = [server for server in (four, six) if server is not None]
        self.port = four.port

    @property
    def visits(self) -> int:
        return sum(server.connections for server in self._servers)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with ExitStack() as closing:
        four = closing.enter_context(Server(answering(b"secret")))
        try:
            six = closing.enter_context(Server(answering(b"secret"), host="::1", port=four.port))
        except OSError:
            six = None  # a machine without IPv6
        yield Canary(four, six)
