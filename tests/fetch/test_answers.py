"""What servers may do: how much, how long, how often elsewhere."""

import gzip
import os
import time

import pytest

from inference.fetch import guarded
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Timeout
from tests.fetch.servers import Server, answering, redirecting

QUICK = Timeout(connect=1, read=0.3, total=1)


def fetch(server, path="/", *, max_bytes=1000, timeout=QUICK, also=()):
    return guarded.get(
        server.url + path, max_bytes=max_bytes, timeout=timeout, allowed={server.netloc, *also}
    )


def refused(server, **options):
    with pytest.raises(FetchError) as failure:
        fetch(server, **options)
    return failure.value


def test_a_file_is_fetched_with_its_type_and_final_address():
    with Server(answering(b"RIFF", headers={"Content-Type": "audio/wav"})) as server:
        fetched = fetch(server, "/voice.wav#part")
    with fetched.body:
        assert fetched.body.read() == b"RIFF"
    assert (fetched.size, fetched.content_type) == (4, "audio/wav")
    assert fetched.final_url == f"{server.url}/voice.wav"


def test_a_post_brings_status_headers_and_the_beginning_of_the_body():
    with Server(answering(b"x" * 5000, status="503 No", headers={"Retry-After": "7"})) as server:
        reply = guarded.post(server.url, b'{"a":1}', {"X-One": "1"}, allowed=server.allowed)
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")
    assert reply.excerpt == b"x" * guarded.EXCERPT_BYTES
    assert b"x-one: 1" in server.requests[0].lower()


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_a_redirect_is_followed_by_get_and_never_by_post(status):
    with Server(answering(b"there")) as there, Server(redirecting(there.url, status)) as here:
        fetched = fetch(here, also=there.allowed)
        with fetched.body:
            assert fetched.body.read() == b"there"
        assert fetched.final_url == f"{there.url}/"
        reply = guarded.post(here.url, b"{}", {}, allowed={here.netloc, there.netloc})
    assert reply.status == int(status.split()[0])
    assert there.connections == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://2130706433:{port}/",
        "//127.0.0.1:{port}/",
        "///127.0.0.1:{port}/",
        "\\\\127.0.0.1:{port}\\",
        "http://name.example.com:{port}/",
        "http://169.254.169.254/",
        "http://user@127.0.0.1:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}/ HTTP/1.1",
        "",
    ],
)
def test_a_redirect_to_a_closed_address_is_refused(location, canary, resolver):
    resolver.say("name.example.com", ["127.0.0.1"])
    with Server(redirecting(location.replace("{port}", str(canary.port)))) as server:
        problem = refused(server)
    assert problem.permanent
    assert canary.visits == 0


def test_a_chain_that_ends_at_a_closed_address_is_refused(canary):
    with (
        Server(redirecting(f"http://127.0.0.1:{canary.port}/")) as second,
        Server(redirecting(second.url)) as first,
    ):
        assert refused(first, also=second.allowed).code == "FORBIDDEN_ADDRESS"
    assert second.connections == 1
    assert canary.visits == 0


def test_redirects_end_after_three():
    with Server(redirecting("/again")) as server:
        assert refused(server).code == "TOO_MANY_REDIRECTS"
    assert server.connections == 4


def test_a_file_that_says_it_is_too_large_is_not_read():
    with Server(answering(b"", headers={"Content-Length": "1001"})) as server:
        problem = refused(server)
    assert (problem.code, problem.permanent) == ("TOO_LARGE", True)


def test_an_endless_body_is_cut_off():
    def pour(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    with Server(pour) as server:
        assert refused(server, max_bytes=100_000).code == "TOO_LARGE"
    began = time.monotonic()
    with Server(pour) as server:
        reply = guarded.post(server.url, b"{}", {}, allowed=server.allowed)
    assert reply.status == 200
    assert time.monotonic() - began < 3


def test_a_body_that_drips_is_cut_off_in_time():
    def drip(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)

    with Server(drip) as server:
        began = time.monotonic()
        assert refused(server).code == "TIMED_OUT"
        assert time.monotonic() - began < 3
        began = time.monotonic()
        assert guarded.post(server.url, b"", {}, timeout=QUICK, allowed=server.allowed).status
        assert time.monotonic() - began < 3


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_head_that_drips_or_never_comes_is_cut_off_in_time(start):
    def drip(connection, _request):
        connection.sendall(start)
        while True:
            if start:
                connection.sendall(b"x")
            time.sleep(0.05)

    with Server(drip) as server:
        began = time.monotonic()
        assert refused(server).code == "TIMED_OUT"
        assert time.monotonic() - began < 3


def test_time_is_for_all_redirects_together():
    def slowly(connection, _request):
        time.sleep(0.4)
        connection.sendall(b"HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")

    with Server(slowly) as server:
        problem = refused(server, timeout=Timeout(connect=1, read=1, total=0.6))
    assert problem.code == "TIMED_OUT"
    assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["many headers", "one long header", "many heads"],
)
def test_huge_headers_are_refused(head):
    with Server(lambda connection, _request: connection.sendall(head)) as server:
        assert refused(server).code == "BAD_RESPONSE"


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", b"SSH-2.0-OpenSSH_9\r\n", b"\x00" * 100])
def test_what_is_not_http_is_refused(answer):
    with Server(lambda connection, _request: connection.sendall(answer)) as server:
        assert refused(server).code == "BAD_RESPONSE"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_compressed_body_is_refused_unread(encoding):
    bomb = gzip.compress(b"\0" * 10_000_000)
    headers = {"Content-Encoding": encoding, "Content-Length": "900"}
    with Server(answering(bomb[:900], headers=headers)) as server:
        problem = refused(server)
    assert (problem.code, problem.permanent) == ("ENCODED_BODY", True)
    assert b"accept-encoding: identity" in server.requests[0].lower()


@pytest.mark.parametrize(
    ("status", "permanent"), [(404, True), (403, True), (429, False), (500, False), (503, False)]
)
def test_a_status_says_whether_to_try_again(status, permanent):
    with Server(answering(status=f"{status} No")) as server:
        problem = refused(server)
    assert (problem.code, problem.permanent) == ("HTTP_STATUS", permanent)


def test_a_server_that_hangs_up_may_answer_later():
    with Server(lambda connection, _request: connection.close()) as server:
        assert not refused(server).permanent
    assert refused(server).code == "CONNECT_FAILED"


def test_the_environment_is_not_heeded(monkeypatch, tmp_path, canary):
    proxy = f"http://127.0.0.1:{canary.port}"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, name, proxy)
    (tmp_path / ".netrc").write_text("default login ada password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Server(answering()) as server:
        fetch(server).body.close()
        guarded.post(server.url, b"{}", {}, allowed=server.allowed)
    assert canary.visits == 0
    assert not any(b"authorization" in request.lower() for request in server.requests)
