"""Certificates are verified against the URL's name although an address is connected to."""

import ssl

import pytest
import trustme

from inference.fetch import guarded
from inference.fetch.errors import FetchError
from tests.fetch.servers import Server, answering


@pytest.fixture
def authority(monkeypatch):
    ca = trustme.CA()
    trusting = ssl.create_default_context()
    ca.configure_trust(trusting)
    monkeypatch.setattr(guarded, "tls", lambda: trusting)
    return ca


def serving(ca, *names, seen=None):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*names).configure_cert(context)
    if seen is not None:
        context.sni_callback = lambda _socket, name, _context: seen.append(name)
    return Server(answering(b"safe"), tls=context)


def test_sni_and_certificate_are_about_the_name(authority, resolver, dialled):
    seen = []
    with serving(authority, "hooks.example.com", seen=seen) as server:
        resolver.say("hooks.example.com", ["127.0.0.1"])
        url = f"https://hooks.example.com:{server.port}/"
        fetched = guarded.get(url, max_bytes=9, allowed={f"hooks.example.com:{server.port}"})
    with fetched.body:
        assert fetched.body.read() == b"safe"
    assert seen == ["hooks.example.com"]
    assert dialled == ["127.0.0.1"]


@pytest.mark.parametrize("certified", ["other.example.com", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(certified, authority, resolver):
    with serving(authority, certified) as server:
        resolver.say("hooks.example.com", ["127.0.0.1"])
        with pytest.raises(FetchError) as failure:
            guarded.post(
                f"https://hooks.example.com:{server.port}/",
                b"{}",
                {},
                allowed={f"hooks.example.com:{server.port}"},
            )
    assert (failure.value.code, failure.value.permanent) == ("TLS_FAILED", False)
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(authority, resolver):
    with serving(trustme.CA(), "hooks.example.com") as server:
        resolver.say("hooks.example.com", ["127.0.0.1"])
        with pytest.raises(FetchError) as failure:
            guarded.get(
                f"https://hooks.example.com:{server.port}/",
                max_bytes=9,
                allowed={f"hooks.example.com:{server.port}"},
            )
    assert failure.value.code == "TLS_FAILED"


def test_no_redirect_leads_from_https_to_http(authority, resolver):
    with Server(answering()) as plain:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        redirect = answering(b"", status="302 F", headers={"Location": plain.url})
        with Server(redirect, tls=context) as server, pytest.raises(FetchError) as failure:
            guarded.get(
                f"https://{server.netloc}/", max_bytes=9, allowed={server.netloc, plain.netloc}
            )
    assert failure.value.code == "INVALID_URL"
    assert plain.connections == 0
