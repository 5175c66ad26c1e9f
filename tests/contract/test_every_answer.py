"""What every answer has, whatever the route, the method and the status."""

import pytest

from speech.models import Speech
from tests.api.replies import assert_headers
from tests.contract.asking import Ask
from tests.contract.creating import CREATING, FREE
from tests.contract.dialects import DIALECTS
from tests.contract.dialects.base import Dialect
from tests.contract.document import assert_documented
from tests.contract.traces import assert_nothing_left, traces
from tests.contract.world import World
from tests.support.callers import make_caller, run_jobs
from tests.support.routes import api_views
from voiceclone.api.faces import FACES

FORMS: dict[str, tuple[set[str], type]] = {
    "/api": ({"code", "error"}, str),
    "/api/v1/audio": ({"error"}, dict),
    "/api/v1/models": ({"error"}, dict),
    "/v1": ({"error"}, dict),
    "/v1/chatterbox": ({"code", "message", "build_number"}, str),
    "/v2": ({"error"}, str),
}
"""The fields of an error under a mount, and what ``error`` is."""
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS")
ID = "8b1d4a52-6f0e-4c39-9d27-5e3a1c7f9b40"
PACKAGES = sorted({dialect.package for dialect in DIALECTS})


@pytest.mark.parametrize("package", PACKAGES)
def test_it_says_what_is_left_and_what_it_is_called(world: World, package: str) -> None:
    statuses = set()
    for route, _view in api_views(package):
        path = route.replace("{endpoint_id}", "studio")
        while "{" in path:
            path = path[: path.index("{")] + ID + path[path.index("}") + 1 :]
        for method in METHODS:
            for key in (world.ada.written, None):
                ask = Ask(path, key, {}, method=method, headers={"x-request-id": "find-me-again"})
                reply = ask.send()
                assert_headers(reply)
                assert reply.headers["x-request-id"] == "find-me-again"
                statuses.add(reply.status_code)
    assert {400, 401, 405} <= statuses
    assert not statuses & set(range(500, 600))


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.path)
@pytest.mark.parametrize("rest", ["", "/", "/nothing", "/nothing/at/all", "/%00"])
def test_below_every_mount_what_leads_nowhere_says_so_too(world: World, face, rest: str) -> None:
    for key in (world.ada.written, None):
        reply = Ask(f"{face.path}{rest}", key, method="DELETE").send()
        assert reply.status_code in {401, 404, 405}
        assert reply.headers["Content-Type"] == "application/json"
        body = reply.json()
        wanted, kind = FORMS[max((path for path in FORMS if face.path.startswith(path)), key=len)]
        assert set(body) == wanted
        assert isinstance(body.get("error", ""), kind)
        assert_headers(reply)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.usefixtures("_workers")
def test_a_good_answer_says_so_too(world: World, dialect: Dialect) -> None:
    assert_headers(dialect.good(dialect.speech(world)))


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_key_is_known_in_either_header_and_bare_where_runpod_s_clients_send_it_so(
    world: World, dialect: Dialect
) -> None:
    ask = dialect.speech(world).but(body={})
    for header in ("Authorization", "x-api-key"):
        assert ask.but(key_header=header).send().status_code == 400
    bare = ask.but(key=None, headers={"Authorization": world.ada.written}).send()
    assert bare.status_code == (400 if dialect.name == "runpod" else 401)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.usefixtures("_workers")
def test_a_job_that_fails_costs_nothing(world: World, dialect: Dialect) -> None:
    reply = dialect.speech(world, text="<break/>").send()
    run_jobs()
    speech = Speech.objects.get()
    assert (speech.state, speech.error_code, speech.audio_name) == ("FAILED", "NO_SPEECH", "")
    assert world.ada.credits() == 10_000
    statuses = {"native": 200, "venice": 400, "chatterbox": 400, "runpod": 200}
    assert reply.status_code == statuses[dialect.package]
    assert_documented(dialect.speech(world), reply)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_text_that_cannot_be_read_is_refused_before_it_is_charged(
    world: World, dialect: Dialect
) -> None:
    for text in ("?!", "今日は良い天気です。", "\u16a0\u16a2\u16a6"):
        reply = dialect.speech(world, text=text).send()
        assert reply.status_code == (200 if dialect.package == "runpod" else 400)
        assert_documented(dialect.speech(world), reply)
        assert world.ada.credits() == 10_000
    assert not Speech.objects.exists()


@pytest.mark.parametrize("name", [name for name in CREATING if name not in FREE])
def test_out_of_credits_nothing_is_done_and_clients_are_told_not_to_try_again(
    world: World, name: str
) -> None:
    poor = make_caller("Tim", balance=3)
    ask = CREATING[name](world).ask.but(key=poor.written)
    before = traces()
    reply = ask.send()
    assert reply.status_code == (429 if name.startswith("native") else 402)
    assert reply.headers["x-should-retry"] == "false"
    assert "Retry-After" not in reply.headers
    assert_headers(reply)
    assert_nothing_left(before)
