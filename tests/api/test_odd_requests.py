"""Requests no client library would send, to the live service over a bare socket."""

import json
import socket
from http.client import HTTPResponse
from typing import Any

import pytest
import requests

from tests.api.live import Live
from tests.api.replies import assert_error

pytestmark = pytest.mark.xdist_group("live-api")


def exchange(live: Live, head: bytes, body: bytes = b"") -> tuple[int, dict[str, str], Any]:
    """Send bytes; return status, headers and the JSON of the answer (None where it is none)."""
    with socket.create_connection(("127.0.0.1", live.service.port), timeout=10) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n" + body)
        answer = HTTPResponse(connection)
        answer.begin()
        content = answer.read()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    is_json = headers.get("content-type") == "application/json"
    return answer.status, headers, json.loads(content) if is_json else None


def signed(live: Live, line: str) -> bytes:
    return f"{line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {live.key}\r\n".encode()


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json; charset=hex",
        b"application/json; charset=bogus",
        b"application/json; a*=bogus''%41",
        b"application/json; " + b"a=b; " * 5000,
        b"multipart/form-data; boundary=\xff",
        b"multipart/form-data; boundary=" + b"b" * 300,
        b";",
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/tts?a=1", "/api/v1/voice-clone", "/api/v1/nothing"])
def test_a_content_type_that_django_cannot_read_is_refused_in_our_form(
    live: Live, path: str, content_type: bytes
) -> None:
    head = signed(live, f"POST {path}") + b"Content-Type: " + content_type + b"\r\n"
    status, headers, body = exchange(live, head + b"Content-Length: 2\r\n", b"{}")
    assert status in {400, 404, 415}, body
    assert body["code"] in {"INVALID_PARAMETERS", "NOT_FOUND", "UNSUPPORTED_MEDIA_TYPE"}
    assert "x-ratelimit-limit" in headers
    assert "x-request-id" in headers


@pytest.mark.parametrize(
    "target", ["/api/v1/tts/%FF%FE", "/api/v1/tts/%00", "/api/v1/tts/%ED%A0%80", "/api/v1/tts/%",
               "/api/v1/tts/%GG", "/api/v1/voices?type=%FF%00", "/api/%2e%2e/admin", "/api//v1"],
)  # fmt: skip
def test_a_target_that_does_not_decode_is_refused_in_our_form(live: Live, target: str) -> None:
    status, headers, body = exchange(live, signed(live, f"GET {target}"))
    assert status in {400, 404}
    assert body["code"] in {"INVALID_PARAMETERS", "NOT_FOUND"}
    assert "x-ratelimit-limit" in headers


@pytest.mark.parametrize("host", [b"evil.example", b"", b"a b", b"localhost:port", b"\xff"])
def test_a_host_that_is_not_ours_is_400(live: Live, host: bytes) -> None:
    head = b"GET /api/v1/credits HTTP/1.1\r\nHost: " + host + b"\r\n"
    status, _, body = exchange(live, head)
    assert status == 400
    assert body is None or body["code"] == "INVALID_PARAMETERS"  # or refused by the server


def test_a_request_without_a_host_is_answered(live: Live) -> None:
    status, _, body = exchange(live, b"GET /api/v1/credits HTTP/1.0\r\n")
    assert (status, body["code"]) == (401, "UNAUTHORIZED")


def test_large_headers_are_read_or_refused(live: Live) -> None:
    for name in (b"X-Large", b"Authorization", b"x-api-key", b"Cookie", b"X-Request-Id"):
        head = b"GET /api/v1/credits HTTP/1.1\r\nHost: localhost\r\n" + name + b": "
        status, _, _ = exchange(live, head + b"a" * 40_000 + b"\r\n")
        assert status in {400, 401, 431}


def form(size: int) -> dict[str, Any]:
    return {"files": {"voice": ("a.mp3", bytes(size))}}


@pytest.mark.parametrize("size", [21_000_000, 25_000_000])
def test_a_client_that_sends_too_much_still_reads_the_answer(live: Live, size: int) -> None:
    reply = live.post("/api/v1/voice-clone", **form(size))
    assert_error(reply, 400, "INVALID_PARAMETERS", "File size exceeds 20MB limit")


def test_a_client_without_a_key_still_reads_the_answer(live: Live) -> None:
    reply = requests.post(f"{live.url}/api/v1/voice-clone", **form(25_000_000), timeout=20)
    assert_error(reply, 401, "UNAUTHORIZED")


def chunks(size: int):
    for _ in range(0, size, 100_000):
        yield bytes(100_000)


def test_a_body_of_unstated_length_is_read_up_to_the_limit(live: Live) -> None:
    json_type = {"Content-Type": "application/json"}
    reply = live.post("/api/v1/tts", data=iter([b'{"text": ', b'"Hi"}']), headers=json_type)
    assert_error(reply, 400, "INVALID_PARAMETERS", "voiceId is required")
    reply = live.post("/api/v1/tts", data=chunks(1_200_000), headers=json_type)
    assert_error(reply, 413, "PAYLOAD_TOO_LARGE")
    reply = live.post(
        "/api/v1/voice-clone",
        data=chunks(23_500_000),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert_error(reply, 400, "INVALID_PARAMETERS", "File size exceeds 20MB limit")


def test_a_body_of_unstated_length_wants_a_key_first(live: Live) -> None:
    reply = requests.post(f"{live.url}/api/v1/tts", data=chunks(200_000), timeout=20)
    assert_error(reply, 401, "UNAUTHORIZED")


def test_nothing_of_all_this_left_a_traceback(live: Live) -> None:
    said = live.said()
    assert "Internal Server Error" not in said
    assert "Exception in ASGI application" not in said
