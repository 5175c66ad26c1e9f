"""The embedded service with four threads and short patience, and connections to misuse it by."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import requests

from tests.embedded.service import EmbeddedService

GENEROUS = "1000000"
COOKIE = f"Cookie: csrftoken={'a' * 32}"


class Answer:
    """An answer read from a bare socket."""

    def __init__(self, connection: socket.socket) -> None:
        answer = HTTPResponse(connection)
        answer.begin()
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()

    def json(self) -> Any:
        return json.loads(self.body)


class Attacked:
    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.service = EmbeddedService(
            folder / "home",
            WEB_THREADS="4",
            HEAD_SECONDS="2",
            BODY_SECONDS="3",
            UNREAD_SECONDS="2",
            RATE_LIMIT_SUBMISSIONS=GENEROUS,
            RATE_LIMIT_POLLS=GENEROUS,
            TMPDIR=str(self.temporary),
        ).start()
        self.url = self.service.url
        self.key = (self.service.home / "demo-key").read_text().strip()
        self.signed = f"Authorization: Bearer {self.key}"

    def close(self) -> None:
        self.service.close()

    def connect(self, *, buffer: int | None = None) -> socket.socket:
        """Connect; ``buffer`` is how many bytes are taken before they are read."""
        connection = socket.socket()
        if buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", self.service.port))
        return connection

    def begins(
        self, path: str, *lines: str, method: str = "POST", buffer: int | None = None
    ) -> socket.socket:
        """Connect and send a whole head."""
        connection = self.connect(buffer=buffer)
        head = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *lines))
        connection.sendall(f"{head}\r\n\r\n".encode())
        return connection

    @contextmanager
    def many(
        self, count: int, path: str, *lines: str, sent: bytes
    ) -> Iterator[list[socket.socket]]:
        """Begin ``count`` requests whose bodies stop after ``sent``."""
        with ExitStack() as closing:
            connections = [closing.enter_context(self.begins(path, *lines)) for _ in range(count)]
            for connection in connections:
                connection.sendall(sent)
            yield connections

    def is_well(self) -> None:
        """Answer health, a page and an API call."""
        assert requests.get(f"{self.url}/healthz", timeout=20).status_code == 200
        assert requests.get(f"{self.url}/", timeout=20).status_code == 200
        headers = {"Authorization": f"Bearer {self.key}"}
        reply = requests.get(f"{self.url}/api/v1/credits", headers=headers, timeout=20)
        assert reply.status_code == 200

    def resident(self) -> int:
        """Return the most bytes of memory that the process has ever taken."""
        assert self.service.process is not None
        status = Path(f"/proc/{self.service.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def stored(self) -> list[str]:
        return [path.name for path in self.temporary.iterdir()]
