"""Heads that do not end, and answers that nobody reads."""

import socket
from contextlib import ExitStack

import pytest
import requests

from tests.faults.installation import wait_for
from tests.protection.attacked import Answer, Attacked

pytestmark = pytest.mark.xdist_group("attacked")

MB = 1024 * 1024
LARGE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"


def _sends(connection: socket.socket, data: bytes) -> None:
    """Send all of it and see what comes of it."""
    connection.sendall(data)
    if connection.recv(1) == b"":
        raise ConnectionResetError


def ended(connection: socket.socket) -> bytes:
    """Return what still comes until the server has closed."""
    received = b""
    try:
        while block := connection.recv(65_536):
            received += block
    except ConnectionError:
        pass
    return received


def test_a_head_that_does_not_come_to_its_end_is_given_up(attacked: Attacked) -> None:
    with attacked.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
        assert ended(connection).startswith(b"HTTP/1.1 408 ")


def test_a_connection_on_which_nothing_is_asked_is_closed(attacked: Attacked) -> None:
    with attacked.connect() as connection:
        assert ended(connection) == b""


@pytest.mark.parametrize("drop", [b"\r\n", b"G"])
def test_drops_do_not_prolong_a_head(attacked: Attacked, drop: bytes) -> None:
    with attacked.begins("/healthz", method="GET") as connection:
        assert Answer(connection).status == 200
        connection.settimeout(0.5)
        for _ in range(40):
            try:
                connection.sendall(drop)
                if connection.recv(1000) == b"" or drop == b"G":
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        else:
            pytest.fail("the connection was held for 20 s")


def test_hundreds_of_slow_heads_stop_nobody(attacked: Attacked) -> None:
    with ExitStack() as closing:
        for _ in range(300):
            connection = closing.enter_context(attacked.connect())
            connection.sendall(b"POST /accounts/login/ HTTP/1.1\r\nX: ")
        attacked.is_well()


@pytest.mark.parametrize("line", [b"X-%d: y\r\n", b"y"])
def test_a_head_without_end_is_refused_and_not_kept(attacked: Attacked, line: bytes) -> None:
    before = attacked.resident()
    block = b"".join(line % number for number in range(100)) if b"%" in line else line * 1000
    with attacked.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        try:
            for _ in range(60 * MB // len(block)):
                connection.sendall(block)
        except ConnectionError:
            pass
        else:
            assert ended(connection).startswith(b"HTTP/1.1 431 ")
    assert attacked.resident() - before < 20 * MB
    attacked.is_well()


@pytest.mark.parametrize("block", [b"X: y\r\n" * 1000, b"1;" + b"x" * 6000])
def test_what_frames_a_body_in_chunks_is_bounded_too(attacked: Attacked, block: bytes) -> None:
    before = attacked.resident()
    with attacked.begins("/api/v1/tts", "Transfer-Encoding: chunked") as connection:
        connection.sendall(b"1\r\n{\r\n0\r\n" if block.startswith(b"X") else b"")
        with pytest.raises(ConnectionError):
            _sends(connection, block * (60 * MB // len(block)))
    assert attacked.resident() - before < 20 * MB
    attacked.is_well()


def test_a_body_in_chunks_of_one_byte_is_taken(attacked: Attacked) -> None:
    body = b'{"text": "Hi."' + b" " * 40_000 + b"}"
    json = "Content-Type: application/json"
    chunked = "Transfer-Encoding: chunked"
    with attacked.begins("/api/v1/tts", attacked.signed, json, chunked) as connection:
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        connection.sendall(chunks + b"0\r\n\r\n")
        assert Answer(connection).json()["error"] == "voiceId is required"


def test_clients_that_never_read_hold_nobody_up_and_are_left(attacked: Attacked) -> None:
    with ExitStack() as closing:
        stuck = [
            closing.enter_context(attacked.begins(LARGE, method="GET", buffer=4096))
            for _ in range(10)
        ]
        for connection in stuck:  # more than the system keeps for them
            connection.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 9)
        attacked.is_well()
        whole = requests.get(attacked.url + LARGE, timeout=20)
        assert len(whole.content) > MB
        said = attacked.service.said
        wait_for(
            lambda: said().count("answer_not_read") == 10, seconds=30, what="the end of patience"
        )
        assert all(len(ended(connection)) < 10 * len(whole.content) for connection in stuck)
    assert "Exception in ASGI application" not in said()


def test_who_asks_for_several_at_once_and_hangs_up_causes_no_fault(attacked: Attacked) -> None:
    for _ in range(20):
        with attacked.begins(LARGE, method="GET", buffer=4096) as connection:
            connection.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 9)
            assert connection.recv(12) == b"HTTP/1.1 200"
    attacked.is_well()
    assert "Exception in ASGI application" not in attacked.service.said()
