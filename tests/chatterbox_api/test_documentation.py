"""docs/dialects/chatterbox.md names every field, and tests that exist."""

import re
import tomllib

import pytest

from tests.chatterbox_api.asking import ACCEPTED, REFUSAL, SPOKEN, WEBHOOK
from tests.docs.repository import ROOT, table_rows
from voiceclone import __version__
from voiceclone.api.chatterbox.inputs import CloningInput

PAGE = ROOT / "docs" / "dialects" / "chatterbox.md"
FOLDERS = ("chatterbox_api", "waiting")


def test_every_field_is_on_the_page() -> None:
    listed = {row[0].strip("`") for row in table_rows(PAGE.read_text())}
    fields = set(CloningInput().fields) | ACCEPTED | REFUSAL | SPOKEN | WEBHOOK
    assert fields - listed == set()


def test_every_test_that_the_page_names_exists() -> None:
    sources = "".join(
        path.read_text() for name in FOLDERS for path in (ROOT / "tests" / name).glob("test_*.py")
    )
    there = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))
    assert named - there == set()
    assert len(named) > 20


@pytest.mark.parametrize("row", list(table_rows(PAGE.read_text())), ids=lambda row: row[0])
def test_each_row_names_a_test(row: list[str]) -> None:
    assert "`test_" in row[2]


def test_the_build_number_is_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
