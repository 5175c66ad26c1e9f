"""docs/dialects/chatterbox.md names every field, also those of webhooks."""

import tomllib

from tests.chatterbox_api.asking import ACCEPTED, REFUSAL, SPOKEN, WEBHOOK
from tests.docs.repository import ROOT, table_rows
from voiceclone import __version__
from voiceclone.api.chatterbox.inputs import CloningInput

PAGE = ROOT / "docs" / "dialects" / "chatterbox.md"


def test_every_field_is_on_the_page() -> None:
    listed = {row[0].strip("`") for row in table_rows(PAGE.read_text())}
    fields = set(CloningInput().fields) | ACCEPTED | REFUSAL | SPOKEN | WEBHOOK
    assert fields - listed == set()


def test_the_build_number_is_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
