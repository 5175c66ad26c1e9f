"""The OpenAPI document and the pages that show it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from tests.api.replies import assert_error, assert_headers
from tests.support.routes import api_views, methods_of
from voiceclone import __version__

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict:
    from voiceclone.api.schema_views import _document

    return json.loads(_document("json"))


def operations(document: dict) -> dict[tuple[str, str], dict]:
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_it_is_valid_and_made_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", tmp_path / "schema.yml")


def test_it_is_served_to_anybody_as_openapi_3_1(db: None) -> None:
    reply = Client().get("/api/schema")
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert reply.json()["openapi"].startswith("3.1.")
    assert_headers(reply)


def test_it_can_be_had_as_yaml(db: None, document: dict) -> None:
    reply = Client().get("/api/schema?format=yaml")
    assert reply.headers["Content-Type"] == "application/vnd.oai.openapi"
    assert yaml.safe_load(reply.content)["paths"].keys() == document["paths"].keys()
    for odd in ("xml", "", "%00", "JSON"):
        assert_error(Client().get(f"/api/schema?format={odd}"), 400, "INVALID_PARAMETERS")


@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_its_routes_are_only_read(db: None, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        reply = Client(enforce_csrf_checks=True).generic(method, path, b"{}")
        assert_error(reply, 405, "METHOD_NOT_ALLOWED")
        assert reply.headers["Allow"] == "GET, HEAD"


def test_it_holds_every_route_and_method_there_is(document: dict) -> None:
    served = {(method, path) for path, view in api_views() for method in methods_of(view)}
    assert set(operations(document)) == served


TAGS = {
    "native": {"Credits", "Speech", "Voices", "Watermark", "Webhooks", "Workspace"},
    "venice": {"OpenAI / Venice"},
    "chatterbox": {"Chatterbox"},
    "runpod": {"RunPod"},
}


def test_operations_are_grouped_by_dialect(document: dict) -> None:
    for dialect, tags in TAGS.items():
        operations = [
            document["paths"][path][method.lower()]
            for path, view in api_views(dialect)
            for method in methods_of(view)
        ]
        assert all(len(operation["tags"]) == 1 for operation in operations)
        assert {operation["tags"][0] for operation in operations} == tags


def test_each_operation_has_a_name_of_its_own(document: dict) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+[A-Za-z]+", name) for name in names)


def test_each_operation_names_every_answer_with_its_headers(document: dict) -> None:
    for (method, path), operation in operations(document).items():
        answers = operation["responses"]
        wanted = {"200", "400", "401", "403", "429", "500"}
        if method in {"POST", "PATCH"}:
            wanted |= {"411", "413"}
        if "requestBody" in operation:
            wanted |= {"415"}
        if "{" in path:
            wanted |= {"404"}
        assert wanted <= set(answers), (method, path)
        for status, answer in answers.items():
            headers = set(answer["headers"])
            assert {
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset",
                "x-request-id",
            } <= headers
            assert ("Retry-After" in headers) == (status in {"429", "503"})
            assert ("WWW-Authenticate" in headers) == (status == "401")


def test_each_operation_wants_a_key_in_one_of_two_headers(document: dict) -> None:
    schemes = document["components"]["securitySchemes"]
    assert {(scheme["type"], scheme.get("in")) for scheme in schemes.values()} == {
        ("http", None),
        ("apiKey", "header"),
    }
    for operation in operations(document).values():
        assert sorted(map(sorted, operation["security"])) == sorted([name] for name in schemes)


def test_the_document_has_the_version_of_the_service(document: dict) -> None:
    assert document["info"]["version"] == __version__


def test_bodies_are_described_by_type_and_bounds(document: dict) -> None:
    bodies = document["components"]["schemas"]
    speech = bodies["TtsInputRequest"]
    assert speech["required"] == ["text", "voiceId"]
    assert speech["properties"]["speed"]["type"] == ["number", "null"]
    assert speech["properties"]["text"]["type"] == "string"
    assert (speech["properties"]["speed"]["minimum"], speech["properties"]["speed"]["maximum"]) == (
        0.25,
        4.0,
    )
    clone = document["paths"]["/api/v1/voice-clone"]["post"]["requestBody"]
    assert set(clone["content"]) == {"multipart/form-data"}
    assert clone["required"] is True
    voice = bodies["VoiceCloneInputRequest"]
    assert voice["required"] == ["voice"]
    assert voice["properties"]["voice"]["format"] == "binary"
    assert voice["properties"]["tags"]["type"] == ["array", "string"]


def test_examples_stand_beside_what_goes_in_and_comes_out(document: dict) -> None:
    for operation in operations(document).values():
        if "Webhooks" in operation["tags"]:
            continue
        if content := operation["responses"]["200"]["content"].get("application/json"):
            assert content["examples"], operation["operationId"]
        assert operation["responses"]["401"]["content"]["application/json"]["examples"]


def test_examples_fit_what_they_are_examples_of(document: dict) -> None:
    from jsonschema import Draft202012Validator

    def check(content: dict) -> int:
        schema = content["schema"] | {"components": document["components"]}
        for example in content.get("examples", {}).values():
            Draft202012Validator(schema).validate(example["value"])
        return len(content.get("examples", {}))

    checked = 0
    for operation in operations(document).values():
        for answer in operation["responses"].values():
            if content := answer["content"].get("application/json"):
                checked += check(content)
        for body in operation.get("requestBody", {"content": {}})["content"].values():
            checked += check(body)
    assert checked > 100


def test_the_pages_load_from_us_alone(db: None) -> None:
    page = Client().get("/api/docs")
    html = page.content.decode()
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(loaded) >= 4
    assert all(address.startswith(("/static/", "/api/schema")) for address in loaded)
    assert "//" not in re.sub(r"(?<=</script>)|// a validator.*", "", html)
    for address in loaded:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address


def test_it_says_the_same_in_another_process(document: dict) -> None:
    program = (
        "import django; django.setup(); "
        "from voiceclone.api.schema_views import _document; print(_document('json').decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == document
