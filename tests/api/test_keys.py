"""Keys: how they are sent, what they may do, and when they stop working."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.api_keys import create_api_key, revoke_api_key
from accounts.models import ApiKey
from tests.api.replies import assert_error, ok
from tests.support.callers import AARON, Caller, another_key, nobody, with_key

CREDITS = "/api/v1/credits"

# What each scope opens: method, path. Ids that do not exist are enough: scopes come first.
OPENED = {
    "speech": [
        ("GET", "/api/v1/tts"),
        ("POST", "/api/v1/tts"),
        ("POST", "/api/v1/tts/quote"),
        ("GET", "/api/v1/tts/clxxxx"),
        ("DELETE", "/api/v1/tts/clxxxx"),
        ("POST", "/api/v1/tts/clxxxx/cancel"),
    ],
    "voices": [
        ("POST", "/api/v1/voice-clone"),
        ("POST", "/api/v1/voice-clone/quote"),
        ("GET", "/api/v1/voices"),
        ("GET", f"/api/v1/voices/{AARON}"),
        ("PATCH", f"/api/v1/voices/{AARON}"),
        ("DELETE", f"/api/v1/voices/{AARON}"),
    ],
    "webhooks": [
        ("GET", "/api/v1/webhooks"),
        ("POST", "/api/v1/webhooks"),
        ("GET", "/api/v1/webhooks/clxxxx"),
        ("PATCH", "/api/v1/webhooks/clxxxx"),
        ("DELETE", "/api/v1/webhooks/clxxxx"),
        ("POST", "/api/v1/webhooks/clxxxx/test"),
        ("GET", "/api/v1/webhooks/clxxxx/deliveries"),
        ("POST", "/api/v1/webhooks/clxxxx/deliveries/clxxxx/redeliver"),
        ("POST", "/api/v1/webhooks/clxxxx/rotate-secret"),
        ("POST", "/api/v1/webhooks/rotate-secret"),
    ],
    "billing:read": [
        ("GET", "/api/v1/credits"),
        ("GET", "/api/v1/credits/ledger"),
        ("GET", "/api/user/credits"),
    ],
}


@pytest.mark.parametrize("scope", OPENED)
def test_a_key_opens_what_its_scope_names_and_nothing_else(ada: Caller, scope: str) -> None:
    narrow = another_key(ada.workspace, scopes=[scope])
    for needed, calls in OPENED.items():
        for method, path in calls:
            reply = narrow.send(path, {}, method=method)
            if needed == scope:
                assert reply.status_code not in {401, 403}, (method, path)
            else:
                assert_error(reply, 403, "FORBIDDEN", f"This API key lacks the scope {needed}")


@pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
def test_a_key_may_be_sent_in_either_header(ada: Caller, header: str) -> None:
    value = f"Bearer {ada.written}" if header == "Authorization" else ada.written
    ok(nobody(**{header: value}).get(CREDITS))


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(ada: Caller, scheme: str) -> None:
    ok(nobody(Authorization=f"{scheme} {ada.written}").get(CREDITS))


def damaged(written: str) -> list[str]:
    flipped = "a" if written[30] != "a" else "b"
    return [
        "",
        "vc_",
        written[:-1],
        written + "x",
        written.lower(),
        written[:30] + flipped + written[31:],
        written.replace("vc_", "sk_"),
        f"{written} {written}",
        f"{written}\x00",
        "\x00" * len(written),
        "é" * len(written),
        "x" * 5000,
    ]


def test_a_damaged_key_is_401(ada: Caller) -> None:
    for written in damaged(ada.written):
        reply = with_key(written).get(CREDITS)
        assert_error(reply, 401, "UNAUTHORIZED", "Authentication required")
        assert reply.headers["WWW-Authenticate"] == "Bearer"
        assert ada.written not in reply.content.decode()


def test_a_checksum_made_to_fit_does_not_help(ada: Caller) -> None:
    from accounts.key_format import _checksum

    another = "Y" if ada.written[-7] == "Z" else "Z"
    for body in (ada.written[:-7] + another, "vc_" + "\0" * 44, "vc_" + "z" * 44):
        assert_error(with_key(body + _checksum(body)).get(CREDITS), 401, "UNAUTHORIZED")


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Token abc", "Bearer", "", "Digest a=b"])
def test_other_credentials_are_401(db: None, header: str) -> None:
    assert_error(nobody(Authorization=header).get(CREDITS), 401, "UNAUTHORIZED")


def test_a_key_in_the_query_is_none(ada: Caller) -> None:
    for name in ("key", "api_key", "access_token", "x-api-key"):
        assert nobody().get(f"{CREDITS}?{name}={ada.written}").status_code == 401


def test_a_session_of_the_dashboard_is_no_key(ada: Caller, django_user_model) -> None:
    person = django_user_model.objects.create_user(email="ada@example.com", password="pw")
    client = Client()
    client.force_login(person)
    assert_error(client.get(CREDITS), 401, "UNAUTHORIZED")


def test_a_revoked_key_stops_at_once(ada: Caller) -> None:
    ok(ada.get(CREDITS))
    assert revoke_api_key(workspace=ada.workspace, key_id=ada.key.pk)
    assert_error(ada.get(CREDITS), 401, "UNAUTHORIZED")


def test_a_key_stops_at_the_second_it_expires(ada: Caller, monkeypatch) -> None:
    moment = timezone.now()
    _, written = create_api_key(
        workspace=ada.workspace, name="short", expires_at=moment + timedelta(hours=1)
    )
    now = moment + timedelta(minutes=59, seconds=59)
    monkeypatch.setattr(timezone, "now", lambda: now)
    ok(with_key(written).get(CREDITS))
    now = moment + timedelta(hours=1)
    assert_error(with_key(written).get(CREDITS), 401, "UNAUTHORIZED")


def test_one_keys_end_is_not_anothers(ada: Caller) -> None:
    other = another_key(ada.workspace)
    revoke_api_key(workspace=ada.workspace, key_id=ada.key.pk)
    ok(other.get(CREDITS))


def test_the_last_use_is_written_once_a_minute_at_most(ada: Caller, monkeypatch) -> None:
    moment = timezone.now()
    written = []
    for seconds in (0, 1, 30, 59, 61, 62):
        now = moment + timedelta(seconds=seconds)
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        with CaptureQueriesContext(connection) as queries:
            ok(ada.get(CREDITS))
        if any(query["sql"].startswith("UPDATE") for query in queries):
            written.append(seconds)
        assert not any("INSERT" in query["sql"] for query in queries)
    assert written == [0, 61]
    assert ApiKey.objects.get(pk=ada.key.pk).last_used_at == moment + timedelta(seconds=61)


def test_a_request_looks_its_key_up_once(ada: Caller) -> None:
    ok(ada.get(CREDITS))
    with CaptureQueriesContext(connection) as queries:
        ok(ada.get(CREDITS))
    assert sum("accounts_apikey" in query["sql"] for query in queries) == 1
