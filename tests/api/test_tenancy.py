"""What belongs to somebody else answers exactly as what does not exist, on every native route."""

import io
import re
from typing import Any

import pytest

from tests.api.replies import assert_error, ok, substance
from tests.support.callers import AARON, Caller, nobody
from tests.support.routes import api_views, methods_of

# Every route of the native API, as the URL conf writes it, and the methods it takes.
ROUTES: dict[str, tuple[str, ...]] = {
    "api/schema": ("GET",),
    "api/docs": ("GET",),
    "api/v1/voice-clone": ("POST",),
    "api/v1/voice-clone/quote": ("POST",),
    "api/v1/voices": ("GET",),
    "api/v1/voices/<str:voice_id>": ("GET", "PATCH", "DELETE"),
    "api/v1/tts": ("GET", "POST"),
    "api/v1/tts/quote": ("POST",),
    "api/v1/tts/<str:speech_id>": ("GET", "DELETE"),
    "api/v1/tts/<str:speech_id>/cancel": ("POST",),
    "api/v1/watermark/detect": ("POST",),
    "api/v1/credits": ("GET",),
    "api/v1/workspace": ("GET", "PATCH"),
    "api/v1/credits/ledger": ("GET",),
    "api/v1/webhooks": ("GET", "POST"),
    "api/v1/webhooks/rotate-secret": ("POST",),
    "api/v1/webhooks/<str:webhook_id>": ("GET", "PATCH", "DELETE"),
    "api/v1/webhooks/<str:webhook_id>/rotate-secret": ("POST",),
    "api/v1/webhooks/<str:webhook_id>/test": ("POST",),
    "api/v1/webhooks/<str:webhook_id>/deliveries": ("GET",),
    "api/v1/webhooks/<str:webhook_id>/deliveries/<str:delivery_id>/redeliver": ("POST",),
    "api/user/credits": ("GET",),
}
PUBLIC = {"api/schema", "api/docs"}
BODIES: dict[str, Any] = {"PATCH": {"title": "Mine now"}, "POST": {}}
NOBODYS = "c" + "0" * 24


def test_each_route_and_method_is_known_to_these_tests() -> None:
    standing = {path: set(methods_of(view)) for path, view in api_views("native")}
    known = {_path(route): set(ROUTES[route]) for route in ROUTES if route not in PUBLIC}
    assert standing == known


def _path(route: str) -> str:
    return re.sub(r"<str:(\w+)>", r"{\1}", f"/{route}")


@pytest.fixture
def hers(grace: Caller) -> dict[str, str]:
    """The ids of what Grace has."""
    voice_id = grace.own_voice(title="Grace's")
    webhook = ok(grace.send("/api/v1/webhooks", {"url": "https://hooks.example.com/grace"}))
    webhook_id = webhook["webhook"]["id"]
    delivery = ok(grace.send(f"/api/v1/webhooks/{webhook_id}/test"))["delivery"]
    return {
        "voice_id": voice_id,
        "speech_id": grace.own_speech(voice=voice_id),
        "webhook_id": webhook_id,
        "delivery_id": delivery["id"],
    }


def call(caller: Caller, method: str, route: str, ids: dict[str, str]) -> Any:
    path = "/" + route
    for name, value in ids.items():
        path = path.replace(f"<str:{name}>", value)
    assert "<" not in path, "an id of another kind: say here whose it is"
    return caller.send(path, BODIES.get(method), method=method)


WITH_IDS = [(method, route) for route, methods in ROUTES.items() if "<" in route
            for method in methods]  # fmt: skip


@pytest.mark.parametrize(("method", "route"), WITH_IDS)
def test_anothers_id_answers_exactly_as_one_that_does_not_exist(
    ada: Caller, grace: Caller, hers: dict[str, str], method: str, route: str
) -> None:
    foreign = call(ada, method, route, hers)
    missing = call(ada, method, route, dict.fromkeys(hers, NOBODYS))
    assert foreign.status_code == 404
    assert substance(foreign) == substance(missing)
    assert ok(grace.get(f"/api/v1/voices/{hers['voice_id']}"))["voice"]["title"] == "Grace's"
    assert ok(grace.get(f"/api/v1/tts/{hers['speech_id']}"))["speech"]["status"] == "COMPLETED"
    assert ok(grace.get(f"/api/v1/webhooks/{hers['webhook_id']}"))["webhook"]["enabled"]


WITHOUT_IDS = [(method, route) for route, methods in ROUTES.items() if "<" not in route
               for method in methods if route not in PUBLIC]  # fmt: skip


@pytest.mark.parametrize(("method", "route"), WITHOUT_IDS)
def test_what_needs_no_id_shows_nothing_of_anothers(
    ada: Caller, hers: dict[str, str], method: str, route: str
) -> None:
    reply = call(ada, method, route, {})
    for secret in (*hers.values(), "Grace"):
        assert secret not in reply.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/tts", "/api/v1/tts/quote"])
def test_anothers_voice_cannot_be_spoken_with(ada: Caller, hers: dict[str, str], path: str) -> None:
    replies = [
        ada.send(path, {"text": "Hi", "voiceId": voice_id})
        for voice_id in (hers["voice_id"], NOBODYS)
    ]
    assert substance(replies[0]) == substance(replies[1])
    assert replies[0].status_code == 404
    assert ada.credits() == 10_000


def test_a_filter_by_anothers_voice_finds_nothing(ada: Caller, hers: dict[str, str]) -> None:
    ok(ada.say())
    shown = [
        ok(ada.get(f"/api/v1/tts?voiceId={voice_id}"))["pagination"]
        for voice_id in (hers["voice_id"], NOBODYS)
    ]
    assert shown[0] == shown[1]
    assert shown[0]["total"] == 0


def test_the_use_of_a_system_voice_by_others_shows_in_no_ones_usage(
    ada: Caller, grace: Caller
) -> None:
    ok(grace.say(voice=AARON))
    assert ok(ada.get(f"/api/v1/voices/{AARON}"))["voice"]["usageCount"] == 0


def test_the_ledger_as_csv_is_ones_own(ada: Caller, hers: dict[str, str]) -> None:
    reply = ada.get("/api/v1/credits/ledger?format=csv")
    lines = io.StringIO(b"".join(reply.streaming_content).decode()).read().splitlines()
    assert len(lines) == 2  # the heading and Ada's own grant
    assert lines[0].startswith("sequence,kind,")


@pytest.mark.parametrize(
    ("method", "route"),
    [(method, route) for route, methods in ROUTES.items() for method in methods
     if route not in PUBLIC],
)  # fmt: skip
def test_each_route_wants_a_key(db: None, method: str, route: str) -> None:
    path = "/" + re.sub("<str:[a-z_]+>", NOBODYS, route)
    reply = nobody().generic(method, path, b"{}", content_type="application/json")
    assert_error(reply, 401, "UNAUTHORIZED", "Authentication required")
    assert reply.headers["WWW-Authenticate"] == "Bearer"
