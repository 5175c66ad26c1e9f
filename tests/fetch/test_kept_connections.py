"""A connection is kept for the next request of the same owner to the same server, for a while."""

import ssl
import threading
import time

import pytest
import trustme

from inference.fetch import connection, guarded
from inference.fetch.connection import KeptConnections
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Timeout
from tests.fetch.servers import Server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
QUICK = Timeout(connect=1, read=0.3, total=1)


def keeping(answer=OK, *, requests=100):
    """Answer a number of requests on a connection, and then close it."""

    def handle(opened, request):
        for number in range(requests):
            if number:
                request = b""
                while b"\r\n\r\n" not in request:
                    block = opened.recv(65536)
                    if not block:
                        return
                    request += block
            opened.sendall(answer)

    return handle


@pytest.fixture
def kept():
    connections = KeptConnections(8)
    yield connections
    connections.close()


def post(server, kept, owner="ada", **options):
    return guarded.post(
        server.url, b"", {}, allowed=server.allowed, kept=kept.of(owner), **options
    )  # fmt: skip


def test_consecutive_requests_share_a_connection(kept):
    with Server(keeping()) as server:
        for _ in range(5):
            reply = post(server, kept)
            assert (reply.status, reply.excerpt) == (200, b"ok")
    assert server.connections == 1


def test_without_a_place_to_keep_it_a_connection_ends_with_its_request():
    with Server(keeping()) as server:
        for _ in range(2):
            guarded.post(server.url, b"", {}, allowed=server.allowed)
    assert server.connections == 2
    assert b"connection: close" in server.requests[0].lower()


def test_no_owner_uses_the_connection_of_another(kept):
    with Server(keeping()) as server:
        for owner in ("ada", "grace", "ada", "grace"):
            post(server, kept, owner)
    assert server.connections == 2


def test_a_connection_serves_one_host_and_port_only(kept):
    with Server(keeping()) as server, Server(keeping()) as neighbour:
        for _ in range(2):
            post(server, kept)
            post(neighbour, kept)
    assert (server.connections, neighbour.connections) == (1, 1)


def test_requests_at_the_same_time_have_connections_of_their_own(kept):
    together = threading.Barrier(3)

    def handle(opened, request):
        together.wait(5)
        keeping()(opened, request)

    with Server(handle) as server:
        threads = [threading.Thread(target=post, args=(server, kept)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.connections == 3


@pytest.mark.parametrize("limit", ["IDLE_SECONDS", "MAX_AGE_SECONDS"])
def test_a_connection_is_not_kept_for_long(kept, limit, monkeypatch):
    monkeypatch.setattr(connection, limit, 0)
    with Server(keeping()) as server:
        post(server, kept)
        post(server, kept)
    assert server.connections == 2


def test_a_new_connection_has_its_name_looked_up_and_judged_anew(kept, resolver, monkeypatch):
    with Server(keeping()) as server:
        resolver.say("hooks.example.com", ["127.0.0.1"], ["10.0.0.1"])
        url, host = f"http://hooks.example.com:{server.port}/", f"hooks.example.com:{server.port}"
        guarded.post(url, b"", {}, allowed={host}, kept=kept.of("ada"))
        guarded.post(url, b"", {}, allowed={host}, kept=kept.of("ada"))
        assert resolver.asked == ["hooks.example.com"]
        monkeypatch.setattr(connection, "MAX_AGE_SECONDS", 0)
        with pytest.raises(FetchError):
            guarded.post(
                url, b"", {}, allowed={host}, kept=kept.of("ada"), timeout=Timeout(0.2, 0.2, 0.5)
            )
        assert resolver.asked == ["hooks.example.com"] * 2
    assert server.connections == 1


def test_an_exception_that_was_withdrawn_closes_what_it_opened(kept):
    with Server(keeping()) as server:
        post(server, kept)
        with pytest.raises(FetchError) as refusal:
            guarded.post(server.url, b"", {}, kept=kept.of("ada"))
    assert refusal.value.code == "FORBIDDEN_ADDRESS"
    assert len(server.requests) == 1


def test_a_server_that_closed_the_connection_meanwhile_is_asked_on_a_new_one(kept):
    with Server(keeping(requests=1)) as server:
        for _ in range(3):
            assert post(server, kept).status == 200
            time.sleep(0.05)
    assert server.connections == 3


def test_a_server_that_closes_the_connection_when_asked_again_is_asked_on_a_new_one(kept):
    def handle(opened, _request):
        opened.sendall(OK)
        opened.recv(65536)  # the second request, which is not answered

    with Server(handle) as server:
        assert post(server, kept).status == 200
        assert post(server, kept).status == 200
    assert server.connections == 2


def test_a_server_that_breaks_off_in_an_answer_is_not_asked_again(kept):
    def handle(opened, _request):
        opened.sendall(OK)
        opened.recv(65536)
        opened.sendall(b"HTTP/1.1 2")

    with Server(handle) as server:
        post(server, kept)
        with pytest.raises(FetchError):
            post(server, kept)
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000,
        OK + OK,  # more than it was asked for
    ],
    ids=["says so", "HTTP/1.0", "long", "two answers"],
)
def test_a_connection_that_cannot_serve_another_request_is_not_kept(kept, answer):
    with Server(keeping(answer)) as server:
        for _ in range(2):
            reply = post(server, kept)
            assert reply.status == 200
            time.sleep(0.05)
    assert server.connections == 2


def test_each_request_has_the_whole_time_and_no_more(kept):
    def handle(opened, request):
        opened.sendall(OK)
        opened.recv(65536)
        while True:
            opened.sendall(b"H")
            time.sleep(0.05)

    with Server(handle) as server:
        post(server, kept, timeout=QUICK)
        time.sleep(0.3)
        with pytest.raises(FetchError):
            post(server, kept, timeout=QUICK)


def test_huge_headers_are_refused_on_a_kept_connection_too(kept):
    def handle(opened, _request):
        opened.sendall(OK)
        opened.recv(65536)
        opened.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n")

    with Server(handle) as server:
        post(server, kept)
        with pytest.raises(FetchError) as failure:
            post(server, kept)
    assert failure.value.code == "BAD_RESPONSE"


def test_so_many_are_kept_and_the_longest_idle_goes_first():
    kept = KeptConnections(2)
    with Server(keeping()) as server:
        for owner in ("ada", "grace", "joan", "grace", "joan", "ada"):
            post(server, kept, owner)
        kept.close()
        post(server, kept, "joan")
        post(server, kept, "joan")  # nothing is kept after the end
    assert server.connections == 4 + 2


def test_tls_is_verified_once_a_connection_and_kept_with_it(kept, resolver, monkeypatch):
    ca = trustme.CA()
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    monkeypatch.setattr(guarded, "tls", lambda: trusting)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("hooks.example.com").configure_cert(serving)
    with Server(keeping(), tls=serving) as server:
        resolver.say("hooks.example.com", ["127.0.0.1"])
        url, host = f"https://hooks.example.com:{server.port}/", f"hooks.example.com:{server.port}"
        for _ in range(3):
            reply = guarded.post(url, b"{}", {}, allowed={host}, kept=kept.of("ada"))
            assert reply.status == 200
    assert server.connections == 1
