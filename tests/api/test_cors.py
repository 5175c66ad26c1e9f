"""Programs in browsers: preflights, and the headers that let them read the answers."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from tests.support.callers import AARON, Caller, nobody
from voiceclone import env
from voiceclone.cors import EXPOSED_HEADERS

APP = "https://app.example"
ROUTES = [
    "/api/v1/tts",
    "/api/v1/voice-clone",
    "/api/v1/audio/speech",
    "/v1/audio/speech",
    "/v1/audio/voices",
    "/v1/chatterbox/text-to-speech",
    "/v2/any/run",
    "/files/token/speech.mp3",
]
_ALLOW = "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def _one_app(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]


def preflight(path: str, origin: str = APP, method: str = "POST") -> Any:
    """Ask as a browser does before it sends OpenAI's client's request."""
    return nobody().options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
        },
    )


@pytest.mark.parametrize("path", ROUTES)
def test_a_preflight_is_answered_without_a_key_and_uncounted(db: None, path: str) -> None:
    reply = preflight(path)
    assert reply.status_code == 200
    assert reply.content == b""
    assert reply.headers[_ALLOW] == APP
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    assert {"authorization", "*"} <= set(reply.headers["Access-Control-Allow-Headers"].split(", "))
    assert "Access-Control-Allow-Credentials" not in reply.headers
    assert "X-RateLimit-Limit" not in reply.headers


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example", "null"])
def test_another_origin_is_not_let_in(db: None, path: str, origin: str) -> None:
    assert _ALLOW not in preflight(path, origin).headers


def test_pages_are_for_no_program_in_another_page(db: None) -> None:
    for path in ("/dashboard/", "/admin/", "/accounts/login/", "/healthz"):
        assert _ALLOW not in preflight(path).headers


@pytest.mark.parametrize("path", ROUTES)
def test_a_refusal_can_be_read_as_well(db: None, path: str) -> None:
    reply = nobody(Origin=APP).post(path, b"{", content_type="application/json")
    assert reply.status_code >= 400
    assert reply.headers[_ALLOW] == APP


def test_what_is_over_the_limit_can_be_read_with_the_time_to_wait(
    ada: Caller, settings: Any
) -> None:
    settings.RATE_LIMIT_POLLS = 1
    for _ in range(2):
        reply = ada.get("/api/v1/credits", headers={"Origin": APP})
    assert reply.status_code == 429
    assert reply.headers[_ALLOW] == APP
    assert "retry-after" in reply.headers["Access-Control-Expose-Headers"]


def test_an_answer_exposes_every_header_of_ours_that_it_has(ada: Caller) -> None:
    from tests.support.waiting import jobs_done_while_waiting

    body = json.dumps({"input": "Hi."})
    with jobs_done_while_waiting():
        reply = ada.client.post(
            "/v1/audio/speech", body, content_type="application/json", headers={"Origin": APP}
        )
    assert reply.status_code == 200
    assert reply.headers[_ALLOW] == APP
    exposed = set(reply.headers["Access-Control-Expose-Headers"].split(", "))
    own = {name.lower() for name in reply.headers if name.lower().startswith("x-")}
    assert own - {"x-accel-buffering", "x-frame-options", "x-content-type-options"} <= exposed


def test_audio_can_be_fetched_by_a_program_in_a_page(ada: Caller) -> None:
    speech = ada.own_speech(text="Hi.", voice=AARON)
    url = ada.get(f"/api/v1/tts/{speech}").json()["speech"]["audioUrl"]
    path = url[url.index("/files/") :]
    reply = Client().get(path, headers={"Origin": APP, "Range": "bytes=0-9"})
    assert (reply.status_code, reply.headers[_ALLOW]) == (206, APP)
    assert "content-range" in reply.headers["Access-Control-Expose-Headers"]


def test_every_origin_may_be_let_in(db: None, settings: Any) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = True
    assert preflight("/v1/audio/speech", "https://any.example").headers[_ALLOW] == "*"


def test_nobody_is_let_in_by_default(db: None, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    assert _ALLOW not in preflight("/v1/audio/speech").headers


def test_the_headers_are_named_once_and_in_order() -> None:
    assert list(EXPOSED_HEADERS) == sorted(set(EXPOSED_HEADERS))


def test_the_operator_names_origins_or_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for written, read in {
        "": [],
        "https://a.example, http://localhost:3000": ["https://a.example", "http://localhost:3000"],
        "https://a.example,*": ["*"],
    }.items():
        monkeypatch.setenv("VOICECLONE_CORS_ORIGINS", written)
        assert env.origins("VOICECLONE_CORS_ORIGINS") == read
    for wrong in ("a.example", "https://a.example/app", "https://"):
        monkeypatch.setenv("VOICECLONE_CORS_ORIGINS", wrong)
        with pytest.raises(ImproperlyConfigured, match="VOICECLONE_CORS_ORIGINS"):
            env.origins("VOICECLONE_CORS_ORIGINS")
