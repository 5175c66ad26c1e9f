"""The front without a server: its three ASGI callables, held by the test."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

from voiceclone.front.application import Front

Headers = dict[str, str]


class Client:
    """One client's side of a request. What it has not sent yet is waited for."""

    def __init__(self, path: str, *, method: str = "POST", headers: Headers | None = None) -> None:
        named = {"host": "localhost", **(headers or {})}
        self.scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50000),
        }
        self.sent: list[dict[str, Any]] = []
        self.asked = 0
        self._was_asked = asyncio.Event()
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.writable = asyncio.Event()
        self.writable.set()

    def sends(self, data: bytes, *, more: bool = False) -> "Client":
        self._coming.put_nowait({"type": "http.request", "body": data, "more_body": more})
        return self

    def hangs_up(self) -> "Client":
        self._coming.put_nowait({"type": "http.disconnect"})
        return self

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        self._was_asked.set()
        return await self._coming.get()

    async def send(self, message: dict[str, Any]) -> None:
        await self.writable.wait()
        self.sent.append(message)

    async def is_waited_for(self) -> None:
        """Return once the front waits for more."""
        await asyncio.wait_for(self._was_asked.wait(), 20)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> Headers:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    def asks(self, front: Front) -> "asyncio.Task[None]":
        return asyncio.get_running_loop().create_task(front(self.scope, self.receive, self.send))

    async def answered_by(self, front: Front) -> "Client":
        await asyncio.wait_for(self.asks(front), 20)
        return self


class Application:
    """A WSGI application that reads its body, and can be made to stand still."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.refusals: list[Any] = []
        self.called = threading.Semaphore(0)
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.answer: Callable[[], Iterable[bytes]] = lambda: [b"done"]

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.refusals.append(environ.get("voiceclone.refused"))
        self.bodies.append(environ["wsgi.input"].read())
        self.called.release()
        assert self.goes_on.wait(20)
        start_response("200 OK", [("content-type", "text/plain")])
        return self.answer()


async def settle() -> None:
    """Let every task go as far as it can without anybody's help."""
    for _ in range(20):
        await asyncio.sleep(0)
