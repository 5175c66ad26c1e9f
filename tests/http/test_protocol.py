"""What the web server does with its connections, on real sockets."""

import asyncio
import socket
import threading
from contextlib import closing

import pytest
import requests
import uvicorn

from tests.faults.installation import answers, wait_for
from tests.http.conftest import ProbedServer
from tests.http.probe import PARTS, application
from tests.services.ports import free_port
from voiceclone.embedded import preflight, service

pytestmark = pytest.mark.xdist_group("http")

WHOLE = b"".join(PARTS)


def raw(port: int, request: bytes) -> tuple[bytes, bytes]:
    """Return the head and the body of an answer that ends with the connection."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as connection:
        connection.sendall(request)
        received = b""
        while block := connection.recv(65536):
            received += block
    head, _, body = received.partition(b"\r\n\r\n")
    return head.lower(), body


def test_answers_leave_at_once_on_every_connection_of_several_workers(
    documented: ProbedServer,
) -> None:
    said = [requests.get(f"{documented.url}/connection", timeout=20).json() for _ in range(20)]
    assert all(one["nodelay"] for one in said)


def test_the_embedded_service_s_answers_leave_at_once_as_well() -> None:
    configuration = service._configuration()
    configuration.app, configuration.loop = application, "asyncio"
    server = uvicorn.Server(configuration)
    port = free_port()
    listener = preflight.bind("127.0.0.1", str(port))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{port}/connection"
        wait_for(lambda: answers(url), seconds=20, what="the server")
        assert requests.get(url, timeout=20).json()["nodelay"]
    finally:
        server.should_exit = True
        thread.join(20)


def test_http_1_0_gets_an_answer_of_unknown_length_as_it_is(documented: ProbedServer) -> None:
    head, body = raw(documented.port, b"GET /stream HTTP/1.0\r\nHost: a\r\n\r\n")
    assert head.startswith(b"http/1.1 200")
    assert b"transfer-encoding" not in head
    assert b"connection: close" in head
    assert body == WHOLE


def test_http_1_0_is_not_kept_alive_although_it_asks_for_it(documented: ProbedServer) -> None:
    request = b"GET /stream HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
    assert raw(documented.port, request)[1] == WHOLE


def test_http_1_0_gets_a_known_length_as_ever(documented: ProbedServer) -> None:
    head, body = raw(documented.port, b"GET /connection HTTP/1.0\r\nHost: a\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head


def test_http_1_0_is_told_by_a_reset_that_an_answer_broke_off(documented: ProbedServer) -> None:
    with pytest.raises(ConnectionResetError):
        raw(documented.port, b"GET /broken HTTP/1.0\r\nHost: a\r\n\r\n")


def test_http_1_1_gets_chunks(documented: ProbedServer) -> None:
    request = b"GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    head, body = raw(documented.port, request)
    assert b"transfer-encoding: chunked" in head
    assert body == b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in PARTS) + b"0\r\n\r\n"
