"""What is refused before or beside the views, under both mounts, in OpenAI's form."""

from typing import Any

import pytest

from tests.api.replies import assert_headers
from tests.support.callers import Caller, nobody, with_key
from tests.venice.asking import CLONING, PREFIXES, assert_error, speak

ROUTES = (
    ("POST", "/audio/speech"),
    ("GET", "/audio/voices"),
    ("POST", "/audio/voices"),
    ("GET", "/models"),
    ("GET", "/models/tts-1"),
)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_route_wants_a_key(db: None, prefix: str, method: str, path: str) -> None:
    for client in (nobody(), with_key("vc_wrong")):
        reply = client.generic(method, prefix + path, b"{}", "application/json")
        error = assert_error(reply, 401, "invalid_api_key")
        assert error["type"] == "invalid_request_error"
        assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/audio/speech", "POST"),
        ("/audio/voices", "GET, HEAD, POST"),
        ("/models", "GET, HEAD"),
        ("/models/tts-1", "GET, HEAD"),
    ],
)
def test_another_method_is_405_and_names_those_that_are_allowed(
    ada: Caller, prefix: str, path: str, allowed: str
) -> None:
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        reply = ada.send(prefix + path, {}, method=method)
        assert_error(reply, 405, "method_not_allowed")
        assert set(reply.headers["Allow"].split(", ")) == set(allowed.split(", "))


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/chat/completions", "/api/v1/audio/other"])
def test_an_address_that_is_not_there_is_404_in_this_form(ada: Caller, path: str) -> None:
    for method in ("GET", "POST"):
        assert_error(ada.send(path, {}, method=method), 404, "unknown_url")


def test_native_addresses_keep_their_own_form(ada: Caller) -> None:
    assert set(ada.get("/api/v1/nothing").json()) == {"code", "error"}
    assert set(nobody().get("/api/v1/voices").json()) == {"code", "error"}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_body_of_another_type_is_415(ada: Caller, prefix: str) -> None:
    reply = ada.client.post(f"{prefix}/audio/speech", {"model": CLONING})
    assert_error(reply, 415, "unsupported_media_type")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_body_over_a_megabyte_is_413(ada: Caller, prefix: str) -> None:
    reply = speak(ada, prefix=prefix, user="a" * 1024 * 1024)
    assert_error(reply, 413, "PAYLOAD_TOO_LARGE")
    stranger = nobody().generic(
        "POST", f"{prefix}/audio/voices", b"", CONTENT_LENGTH=str(30 * 1024 * 1024)
    )
    assert_error(stranger, 401, "invalid_api_key")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_too_many_requests_are_429_with_the_time_to_wait(
    ada: Caller, settings: Any, prefix: str
) -> None:
    settings.RATE_LIMIT_SUBMISSIONS = 1
    assert_error(speak(ada, prefix=prefix, model="none"), 404, "model_not_found", param="model")
    reply = speak(ada, prefix=prefix)
    error = assert_error(reply, 429, "rate_limit_exceeded")
    assert error["type"] == "requests"
    assert 1 <= int(reply.headers["Retry-After"]) <= 61
    assert ada.get(f"{prefix}/models").status_code == 200  # which is counted apart
    assert ada.credits() == 10_000


def test_a_fault_of_ours_is_500_and_names_the_request(ada: Caller, monkeypatch: Any) -> None:
    def fall_over(*_args: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("voiceclone.api.venice.views.models.model_list", fall_over)
    reply = ada.get("/v1/models")
    error = assert_error(reply, 500, "internal_error")
    assert reply.headers["x-request-id"] in error["message"]
    assert "fault of ours" not in error["message"]


def test_good_answers_have_the_headers_of_all(ada: Caller) -> None:
    for path in ("/v1/models", "/v1/audio/voices"):
        reply = ada.get(path)
        assert reply.status_code == 200
        assert_headers(reply)
