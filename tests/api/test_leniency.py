"""What clients do that is not quite right, and harms nobody."""

import gzip
import json
from typing import Any

import pytest

from tests.support.callers import AARON, Caller, nobody

SPEECH = {"text": "Good morning.", "voiceId": AARON}


@pytest.mark.parametrize(
    "path", ["/api/v1/voices/", "/v1/models/", "/api/v1/models/tts-1/", "/api/user/credits/",
             "/v2/any/health/"],
)  # fmt: skip
def test_a_slash_at_the_end_of_an_address_is_passed_over(ada: Caller, path: str) -> None:
    reply = ada.get(path)
    assert reply.status_code == 200
    assert reply.json().keys() == ada.get(path.removesuffix("/")).json().keys()


def test_a_body_arrives_at_an_address_with_a_slash(ada: Caller) -> None:
    assert ada.send("/api/v1/tts/", SPEECH).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/voices//", "/v1/models//", "/v1//", "/api/nothing/"])
def test_more_than_one_leads_nowhere(ada: Caller, path: str) -> None:
    assert ada.get(path).status_code == 404


@pytest.mark.parametrize("empty", ["Bearer", "Bearer ", "bearer   "])
@pytest.mark.parametrize("path", ["/api/v1/credits", "/v1/models", "/v2/any/health"])
def test_an_empty_bearer_beside_a_key_is_passed_over(ada: Caller, path: str, empty: str) -> None:
    client = nobody(Authorization=empty, **{"x-api-key": ada.written})
    assert client.get(path).status_code == 200


def test_another_bearer_beside_a_key_is_not(ada: Caller) -> None:
    client = nobody(Authorization="Bearer vc_other", **{"x-api-key": ada.written})
    assert client.get("/api/v1/credits").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/api/v1/tts", "/v1/audio/speech", "/v1/chatterbox/text-to-speech", "/v2/any/run"],
)
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
def test_a_compressed_body_is_415_and_the_reason_is_said(
    ada: Caller, path: str, encoding: str
) -> None:
    body = gzip.compress(json.dumps(SPEECH | {"input": "Hi."}).encode())
    reply = ada.send(path, body, headers={"Content-Encoding": encoding})
    assert reply.status_code == 415
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Accept-Encoding"] == "identity"
    assert "send the body uncompressed" in reply.content.decode()


def test_a_body_that_says_it_is_as_it_is_is_taken(ada: Caller) -> None:
    assert (
        ada.send("/api/v1/tts", SPEECH, headers={"Content-Encoding": "identity"}).status_code == 200
    )


@pytest.mark.parametrize("count", ["9" * 5000, "0" * 5000, "-1", "1.5", "x"])
def test_an_odd_count_of_retries_does_no_harm(ada: Caller, count: str) -> None:
    headers = {"x-stainless-retry-count": count}
    assert ada.send("/api/v1/tts", SPEECH, headers=headers).status_code == 200


def test_openai_s_mounts_word_the_limit_as_openai_does(ada: Caller, settings: Any) -> None:
    settings.RATE_LIMIT_POLLS = 50
    reply = ada.get("/v1/models")
    assert reply.headers["x-ratelimit-limit-requests"] == "50"
    assert reply.headers["x-ratelimit-remaining-requests"] == "49"
    seconds = reply.headers["x-ratelimit-reset-requests"].removesuffix("s")
    assert 1 <= int(seconds) <= 60
    assert "x-ratelimit-limit-requests" not in ada.get("/api/v1/credits").headers
