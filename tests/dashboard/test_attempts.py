"""Attempts to sign in are counted by the address that the rest of the service believes."""

import pytest
from allauth.account.adapter import get_adapter
from django.test import Client, RequestFactory

from tests.dashboard.people import PASSWORD, owner

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

PROXY = "10.0.0.1"
TRIES = "/accounts/password/reset/"


@pytest.fixture(autouse=True)
def _two_tries(settings):
    """Two tries an hour are allowed from an address."""
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "2/h/ip"}


def try_it(*, peer: str, forwarded: str | None = None) -> int:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    answer = Client(REMOTE_ADDR=peer, headers=headers).post(TRIES, {"email": "no@example.com"})
    return answer.status_code


def address(peer: str, forwarded: str = "") -> str:
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    return get_adapter().get_client_ip(request)


def test_clients_behind_a_trusted_proxy_are_counted_apart(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert [try_it(peer=PROXY, forwarded="203.0.113.5") for _ in range(3)] == [302, 302, 429]
    assert try_it(peer=PROXY, forwarded="203.0.113.6") == 302


def test_a_client_of_the_proxy_gains_nothing_by_forging_the_header(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    told = [
        try_it(peer=PROXY, forwarded=f"198.51.100.{number}, 203.0.113.5") for number in range(3)
    ]
    assert told == [302, 302, 429]


def test_nobody_is_believed_who_is_no_trusted_proxy(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    told = [try_it(peer="203.0.113.5", forwarded=f"198.51.100.{number}") for number in range(3)]
    assert told == [302, 302, 429]


def test_an_old_address_in_new_dress_is_the_old_address(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address("::ffff:203.0.113.5") == "203.0.113.5"
    assert address(PROXY, "::ffff:203.0.113.5") == "203.0.113.5"
    assert address("2001:db8::1") == "2001:db8::1"


def test_a_socket_without_addresses_still_lets_people_sign_in(client):
    user, _workspace = owner("ada")
    form = {"login": user.email, "password": PASSWORD}
    assert Client(REMOTE_ADDR="").post("/accounts/login/", form).status_code == 302
