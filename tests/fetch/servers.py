"""Servers on loopback that behave as told, and one that only watches for visitors."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self

Handler = Callable[[socket.socket, bytes], None]


class Server:
    """Accepts connections, reads a request's head and lets ``handle`` answer."""

    def __init__(
        self,
        handle: Handler,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self._handle = handle
        self._tls = tls
        self.connections = 0
        self.requests: list[bytes] = []
        self.host = f"[{host}]" if ":" in host else host
        self.port = self._listener.getsockname()[1]

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.netloc}"

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset({self.netloc})

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
            closing.enter_context(connection)
            connection.settimeout(10)
            if self._tls is not None:
                connection = closing.enter_context(
                    self._tls.wrap_socket(connection, server_side=True)
                )
            request = b""
            while b"\r\n\r\n" not in request:
                block = connection.recv(65536)
                if not block:
                    return
                request += block
            self.requests.append(request)
            self._handle(connection, request)


def answering(
    body: bytes = b"hello", *, status: str = "200 OK", headers: dict[str, str] | None = None
) -> Handler:
    """Answer every request alike."""
    said = {"Content-Length": str(len(body)), "Content-Type": "text/plain", **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    answer = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
    return lambda connection, _request: connection.sendall(answer)


def redirecting(location: str, status: str = "302 Found") -> Handler:
    return answering(b"", status=status, headers={"Location": location})
