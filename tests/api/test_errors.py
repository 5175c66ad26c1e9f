"""Every failure under /api/ has the one documented form."""

import logging

import pytest
from django.db import OperationalError
from django.test import Client

from tests.api.replies import assert_error, assert_invalid, ok
from tests.support.callers import AARON, Caller, nobody
from voiceclone.api.faces import MB

CREDITS = "/api/v1/credits"


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/voices", "/api/nothing",
     "/api/v1/voices/x/y/", "/api/v1/tts/a/b", "/api/v1/tts//", "/api/%00",
     "/api/%FF", "/api/../admin/", "/api/🎈", "/api/v1/voice-clone//", "/api/v1/voice-clonex",
     "/api/" + "a" * 3000],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_an_unknown_route_is_404(ada: Caller, path: str, method: str) -> None:
    for client in (ada.client, nobody()):
        assert_error(client.generic(method, path), 404, "NOT_FOUND", "No such endpoint")


def test_what_only_begins_like_the_api_is_a_page(db: None) -> None:
    reply = nobody().get("/apis")
    assert "X-RateLimit-Limit" not in reply.headers


METHODS = {
    "/api/v1/voice-clone": {"POST"},
    "/api/v1/voice-clone/quote": {"POST"},
    "/api/v1/voices": {"GET", "HEAD"},
    "/api/v1/voices/c": {"GET", "HEAD", "PATCH", "DELETE"},
    "/api/v1/tts": {"GET", "HEAD", "POST"},
    "/api/v1/tts/quote": {"POST"},
    "/api/v1/tts/c": {"GET", "HEAD", "DELETE"},
    "/api/v1/tts/c/cancel": {"POST"},
    "/api/v1/credits": {"GET", "HEAD"},
    "/api/v1/credits/ledger": {"GET", "HEAD"},
    "/api/user/credits": {"GET", "HEAD"},
    "/api/schema": {"GET", "HEAD"},
    "/api/docs": {"GET", "HEAD"},
}


@pytest.mark.parametrize(("path", "allowed"), METHODS.items())
def test_a_method_that_a_route_lacks_is_405_and_names_those_it_has(
    ada: Caller, path: str, allowed: set[str]
) -> None:
    every = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"}
    for method in every - allowed:
        reply = ada.client.generic(method, path, b"{}", content_type="application/json")
        if method == "get":
            assert reply.status_code in {200, 404, 405}
            continue
        assert_error(reply, 405, "METHOD_NOT_ALLOWED", "Method not allowed")
        assert set(reply.headers["Allow"].split(", ")) == allowed


def test_head_answers_as_get_does_without_a_body(ada: Caller) -> None:
    head, get = ada.client.head(CREDITS), ada.get(CREDITS)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("host", ["evil.example", "testserver:port", "a b", "'", "testserver/x"])
def test_a_wrong_host_is_400(ada: Caller, host: str) -> None:
    assert_invalid(ada.get(CREDITS, headers={"Host": host}), "The request is malformed")


@pytest.mark.parametrize("accept", ["text/html", "image/png", "*/*;q=0", "nonsense", "", "a/b;q=x"])
def test_whatever_is_accepted_json_is_answered(ada: Caller, accept: str) -> None:
    reply = ada.get(CREDITS, headers={"Accept": accept})
    assert reply.headers["Content-Type"] == "application/json"
    ok(reply)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_body_over_the_limit_is_413_before_it_is_read(ada: Caller, method: str) -> None:
    reply = ada.client.generic(
        method, "/api/v1/tts", b" " * (MB + 1), content_type="application/json"
    )
    assert_error(reply, 413, "PAYLOAD_TOO_LARGE", "Request body too large")


def test_a_body_at_the_limit_is_read(ada: Caller) -> None:
    body = b'{"text": "Hi"'
    body += b" " * (MB - len(body) - 1) + b"}"
    assert_invalid(ada.send("/api/v1/tts", body), "voiceId is required")


def test_a_text_that_is_far_too_long_is_refused_in_the_documented_words(ada: Caller) -> None:
    for text in ("a" * 70_000, "語" * 12_000, "語" * 170_000):
        reply = ada.send("/api/v1/tts", {"text": text, "voiceId": AARON})
        assert_invalid(reply, "Text exceeds maximum length of 5000 bytes")
    assert ada.credits() == 10_000


def test_a_body_too_large_without_a_key_is_401_first(db: None) -> None:
    for path, size in (("/api/v1/tts", 70_000), ("/api/v1/voice-clone", 24_000_000)):
        reply = nobody().generic("POST", path, bytes(size))
        assert_error(reply, 401, "UNAUTHORIZED", "Authentication required")
        assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("length", ["-5", "x", "1.5", "0x10", "١٢"])
def test_a_length_that_is_none_is_400(ada: Caller, length: str) -> None:
    reply = ada.client.generic("POST", "/api/v1/tts", b"{}", CONTENT_LENGTH=length)
    assert_invalid(reply, "Content-Length is not a number")


def test_a_length_of_thousands_of_digits_is_too_large(ada: Caller) -> None:
    reply = ada.client.generic("POST", "/api/v1/tts", b"{}", CONTENT_LENGTH="9" * 5000)
    assert_error(reply, 413, "PAYLOAD_TOO_LARGE")


def test_a_body_of_unstated_length_on_a_server_that_cannot_tell_its_end_is_411(
    ada: Caller,
) -> None:
    reply = ada.client.generic("POST", "/api/v1/tts", b"{}", HTTP_TRANSFER_ENCODING="chunked")
    assert_error(reply, 411, "LENGTH_REQUIRED")


@pytest.mark.parametrize("path", [CREDITS, "/api/user/credits"])
def test_a_fault_of_ours_is_500_with_the_request_id_and_no_more(
    ada: Caller, monkeypatch, caplog, path: str
) -> None:
    def fail(*_args):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("voiceclone.api.native.views.credits.balance_of", fail)
    with caplog.at_level(logging.ERROR):
        reply = ada.get(path, headers={"x-request-id": "find-me-again"})
    assert_error(reply, 500, "INTERNAL_ERROR", "Internal server error (request find-me-again)")
    assert reply.json()["requestId"] == reply.headers["x-request-id"] == "find-me-again"
    assert "secret" not in reply.content.decode()
    assert "a secret detail" in caplog.text


@pytest.mark.parametrize("path", [CREDITS, "/api/v1/voices", "/api/v1/tts"])
def test_with_the_database_away_every_reply_is_still_ours(monkeypatch, db, path: str) -> None:
    def away(*_args):
        raise OperationalError("the connection was refused")

    monkeypatch.setattr("voiceclone.api.credentials.authenticate", away)
    reply = nobody(Authorization="Bearer vc_whatever").get(path)
    assert_error(reply, 500, "INTERNAL_ERROR")


@pytest.mark.parametrize(
    "sent", ["short", "a" * 65, "with space", "new\tline", "<script>", "é" * 10, ""]
)
def test_a_request_id_that_is_not_plain_is_replaced(ada: Caller, sent: str) -> None:
    reply = ada.get(CREDITS, headers={"x-request-id": sent})
    assert reply.headers["x-request-id"] != sent
    ok(reply)


def test_headers_of_many_kinds_do_no_harm(ada: Caller) -> None:
    ok(
        ada.get(
            CREDITS,
            headers={
                "Cookie": "=;;\x7f=é; sessionid=" + "x" * 4000,
                "X-HTTP-Method-Override": "DELETE",
                "If-None-Match": '"x"',
                "Range": "bytes=0-1",
                "Accept-Language": "x" * 4000,
                "X-Forwarded-For": "\x7f" * 500,
                "Content-Encoding": "gzip",
            },
        )
    )


def test_nothing_of_the_api_sets_a_cookie(ada: Caller) -> None:
    for path in (CREDITS, "/api/nothing", "/api/docs", "/api/schema"):
        assert not ada.get(path).cookies


def test_the_health_of_the_service_needs_no_key(db: None) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json()["status"] == "ok"
