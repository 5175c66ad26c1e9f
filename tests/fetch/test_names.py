"""What names resolve to is judged, and connected to as judged."""

import time

import pytest

from inference.fetch import guarded
from inference.fetch.errors import FetchError
from inference.fetch.guarded import Timeout
from inference.fetch.resolver import addresses_of
from inference.fetch.target import read_target
from tests.fetch.servers import Server, answering


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["fe80::1%eth0"],
        ["8.8.8.8", "127.0.0.1"],
        ["2606:4700:4700::1111", "8.8.8.8", "fd00::1"],
    ],
)
def test_one_closed_answer_condemns_a_name(answer, resolver, dialled):
    resolver.say("hooks.example.com", answer)
    with pytest.raises(FetchError) as refusal:
        guarded.post("http://hooks.example.com/", b"{}", {})
    assert refusal.value.code == "FORBIDDEN_ADDRESS"
    assert refusal.value.permanent
    assert dialled == []


def test_a_name_is_looked_up_once_and_the_judged_address_is_connected_to(resolver, canary, dialled):
    resolver.say("rebind.example.com", ["8.8.8.8"], ["127.0.0.1"])
    quick = Timeout(connect=0.2, read=0.2, total=0.5)
    with pytest.raises(FetchError) as failure:
        guarded.get(f"http://rebind.example.com:{canary.port}/", max_bytes=100, timeout=quick)
    assert failure.value.code in {"TIMED_OUT", "CONNECT_FAILED"}
    assert not failure.value.permanent
    assert resolver.asked == ["rebind.example.com"]
    assert dialled == ["8.8.8.8"]
    assert canary.visits == 0


def test_the_host_header_names_the_host_and_not_the_address(resolver):
    with Server(answering()) as server:
        resolver.say("intranet", ["127.0.0.1"])
        allowed = {f"intranet:{server.port}"}
        guarded.get(f"http://intranet:{server.port}/a?b=c", max_bytes=100, allowed=allowed)
    request = server.requests[0].decode()
    assert request.startswith("GET /a?b=c HTTP/1.1\r\n")
    assert f"host: intranet:{server.port}\r\n" in request.lower()


def test_the_next_judged_address_is_tried_when_one_does_not_answer(resolver, dialled):
    with Server(answering(b"found")) as server:
        resolver.say("intranet", ["127.0.0.9", "127.0.0.1"])
        fetched = guarded.get(
            f"http://intranet:{server.port}/", max_bytes=9, allowed={f"intranet:{server.port}"}
        )
    with fetched.body:
        assert fetched.body.read() == b"found"
    assert dialled == ["127.0.0.9", "127.0.0.1"]


def test_a_name_that_does_not_exist_may_exist_later(resolver):
    with pytest.raises(FetchError) as failure:
        guarded.get("http://nowhere.example.com/", max_bytes=1)
    assert (failure.value.code, failure.value.permanent) == ("DNS_FAILED", False)


def test_a_resolver_that_hangs_is_left_behind(monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_options: time.sleep(5))
    began = time.monotonic()
    with pytest.raises(FetchError) as failure:
        addresses_of(read_target("http://slow.example.com/"), seconds=0.1)
    assert failure.value.code == "TIMED_OUT"
    assert time.monotonic() - began < 2


def test_an_exception_is_for_one_host_and_one_port(resolver, dialled):
    with Server(answering()) as server, Server(answering()) as neighbour:
        guarded.post(server.url, b"{}", {}, allowed=server.allowed)
        for url in (
            neighbour.url,
            f"http://localhost:{server.port}/",
            f"http://127.1:{server.port}/",
            f"http://[::ffff:127.0.0.1]:{server.port}/",
        ):
            with pytest.raises(FetchError):
                guarded.post(url, b"{}", {}, allowed=server.allowed)
    assert (server.connections, neighbour.connections) == (1, 0)


def test_an_exception_may_be_an_ipv6_address(canary):
    with Server(answering(b"six"), host="::1") as server:
        fetched = guarded.get(server.url, max_bytes=9, allowed=server.allowed)
    with fetched.body:
        assert fetched.body.read() == b"six"


def test_no_error_tells_what_a_name_resolved_to(resolver):
    resolver.say("inner.example.com", ["10.11.12.13"])
    with pytest.raises(FetchError) as refusal:
        guarded.get("http://inner.example.com/", max_bytes=1)
    assert "10.11" not in refusal.value.message
