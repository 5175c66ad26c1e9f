"""The pages of the dialects name every field, and for each a test that exists."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from rest_framework.serializers import Serializer

from tests.docs.repository import ROOT, columns, table_rows
from voiceclone.api.runpod import inputs
from voiceclone.api.schema_views import _document

_TEST = re.compile(r"`(?:(tests/[\w/]+\.py)::)?(test_\w+)`")
_FILE = re.compile(r"`(tests/[\w/]+\.py|test_\w+\.py)`")
_NAMED = re.compile(r"`([^`]+)`")
_DEFINED = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
_METHODS = {"get", "post", "put", "patch", "delete"}


@dataclass(frozen=True)
class Page:
    """A dialect's page, what its operations are tagged with, and where its tests are."""

    name: str
    tags: frozenset[str]
    folders: tuple[str, ...]

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> str:
        return (ROOT / "docs" / "dialects" / f"{self.name}.md").read_text()


PAGES = (
    Page("native", frozenset({"Voices", "Speech", "Workspace", "Credits"}), ("api",)),
    Page("openai", frozenset({"OpenAI / Venice"}), ("venice",)),
    Page("chatterbox", frozenset({"Chatterbox"}), ("chatterbox_api", "waiting")),
    Page("runpod", frozenset({"RunPod"}), ("runpod",)),
)
each_page = pytest.mark.parametrize("page", PAGES, ids=str)


def test_there_is_a_page_for_each_dialect() -> None:
    pages = {path.stem for path in (ROOT / "docs" / "dialects").glob("*.md")}
    assert pages == {page.name for page in PAGES}


@each_page
def test_every_test_that_is_named_exists(page: Page) -> None:
    named = _TEST.findall(page.text)
    assert len(named) > 20
    missing = [
        (path, name)
        for path, name in named
        if name not in (defined(path) if path else in_folders(page.folders))
    ]
    assert missing == []


@each_page
def test_every_file_of_tests_that_is_named_exists(page: Page) -> None:
    for name in _FILE.findall(page.text):
        path = name if name.startswith("tests/") else f"tests/{page.folders[0]}/{name}"
        assert (ROOT / path).is_file(), name


@each_page
def test_every_row_says_where_it_is_tried(page: Page) -> None:
    rows = list(columns(page.text, "test"))
    assert len(rows) > 20
    for cells, tried in rows:
        assert _TEST.search(tried) or tried.startswith("the same"), cells[0]


@each_page
def test_every_field_that_goes_in_or_comes_out_is_listed(page: Page) -> None:
    assert fields(page.tags) - listed_on(page) == set()


def test_every_field_of_runpod_s_operations_is_listed() -> None:
    listed = listed_on(PAGES[-1])
    for form in vars(inputs).values():
        if isinstance(form, type) and issubclass(form, Serializer):
            assert set(form().fields) - listed == set(), form.__name__


def listed_on(page: Page) -> set[str]:
    """Return the names in the first columns of a page's tables, each part of a path for itself."""
    return {
        part
        for row in table_rows(page.text)
        for name in _NAMED.findall(row[0])
        for part in re.split(r"[.\[\]]+", name)
    }


@cache
def defined(path: str) -> frozenset[str]:
    """Return the tests of a file."""
    return frozenset(_DEFINED.findall((ROOT / path).read_text()))


@cache
def in_folders(folders: tuple[str, ...]) -> frozenset[str]:
    """Return the tests of these folders of tests."""
    files = [path for name in folders for path in (ROOT / "tests" / name).glob("test_*.py")]
    return frozenset[str]().union(*(defined(str(path.relative_to(ROOT))) for path in files))


@cache
def fields(tags: frozenset[str]) -> set[str]:
    """Return the names of all that the operations so tagged take, in paths excepted, and answer."""
    document = json.loads(_document("json"))
    found: set[str] = set()
    for item in document["paths"].values():
        for method, operation in item.items():
            if method not in _METHODS or not tags.intersection(operation["tags"]):
                continue
            given = operation.get("parameters", [])
            found.update(one["name"] for one in given if one["in"] != "path")
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in body.get("content", {}).values():
                    found.update(_properties(content["schema"], document))
    return found


def _properties(
    schema: Any, document: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[str]:
    """Yield the names of a schema's properties, and of those within them."""
    reference = schema.get("$ref", "").rpartition("/")[2]
    if reference:
        if reference not in above:
            schemas = document["components"]["schemas"]
            yield from _properties(schemas[reference], document, (*above, reference))
        return
    for name, inner in schema.get("properties", {}).items():
        yield name
        yield from _properties(inner, document, above)
    parts = [part for kind in ("oneOf", "anyOf", "allOf") for part in schema.get(kind, ())]
    for part in [*parts, *([schema["items"]] if "items" in schema else [])]:
        yield from _properties(part, document, above)
