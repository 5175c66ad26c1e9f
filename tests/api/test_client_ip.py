"""Whose address a request comes from."""

import pytest
from django.test import RequestFactory

from voiceclone.api.client_ip import client_ip, network_of


def ip(peer: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_ip(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


def test_without_trusted_proxies_only_the_peer_counts() -> None:
    assert ip("198.51.100.7", "203.0.113.5") == "198.51.100.7"
    assert ip("198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        (None, "10.0.0.1"),
        ("", "10.0.0.1"),
        ("203.0.113.5", "203.0.113.5"),
        ("1.2.3.4, 203.0.113.5", "203.0.113.5"),
        ("1.2.3.4, 203.0.113.5, 10.9.9.9", "203.0.113.5"),
        ("10.9.9.9, 10.8.8.8", "10.0.0.1"),
        ("203.0.113.5:41234", "203.0.113.5"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "10.0.0.1"),
        ("203.0.113.5, unknown", "10.0.0.1"),
        ("203.0.113.5,", "10.0.0.1"),
        ("<script>", "10.0.0.1"),
    ],
)
def test_a_trusted_proxy_is_believed_back_to_what_no_trusted_one_wrote(
    settings, forwarded: str | None, found: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "proxy.internal"]
    assert ip("10.0.0.1", forwarded) == found


def test_a_peer_that_is_no_trusted_proxy_is_not_believed(settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    assert ip("10.0.0.2", "203.0.113.5") == "10.0.0.2"


def test_a_socket_without_an_address_can_be_trusted_by_no_one(settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert ip("", "203.0.113.5") == ""


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("", ""),
    ],
)
def test_an_ipv6_client_is_its_network(address: str, network: str) -> None:
    assert network_of(address) == network
