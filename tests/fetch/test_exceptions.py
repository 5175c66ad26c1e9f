"""The operator's list of exceptions."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from voiceclone import env


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", set()),
        ("intranet:8080", {"intranet:8080"}),
        (" Files.Example.com:443 , [::1]:9000,127.0.0.1:80 ",
         {"files.example.com:443", "[::1]:9000", "127.0.0.1:80"}),
    ],
)  # fmt: skip
def test_exceptions_are_a_host_and_a_port(written, read, monkeypatch):
    monkeypatch.setenv("VOICECLONE_ALLOWED_FETCH_HOSTS", written)
    assert env.hosts("VOICECLONE_ALLOWED_FETCH_HOSTS") == read


@pytest.mark.parametrize(
    "written",
    ["intranet", "http://intranet:80", "intranet:", "*:80", "::1:80", "a:080", "10.0.0.0/8"],
)
def test_anything_else_ends_the_start(written, monkeypatch):
    monkeypatch.setenv("VOICECLONE_ALLOWED_FETCH_HOSTS", written)
    with pytest.raises(ImproperlyConfigured):
        env.hosts("VOICECLONE_ALLOWED_FETCH_HOSTS")
