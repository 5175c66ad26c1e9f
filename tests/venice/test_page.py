"""docs/dialects/openai.md has the defaults and the voices of the code."""

import re
from typing import Any

import pytest
from rest_framework import serializers

from tests.docs.repository import ROOT, table_rows
from voiceclone.api.venice.inputs import SpeechBody, VoiceForm
from voiceclone.api.venice.voice_names import KOKORO_VOICES, OPENAI_VOICES

PAGE = (ROOT / "docs" / "dialects" / "openai.md").read_text()
ROWS = {row[0].strip("`"): row for row in table_rows(PAGE)}


@pytest.mark.parametrize("form", [SpeechBody, VoiceForm])
def test_every_field_is_described(form: type[serializers.Serializer[Any]]) -> None:
    assert set(form().fields) - set(ROWS) == set()


def test_defaults_are_those_of_the_fields() -> None:
    rows = {row[0].strip("`"): row for row in table_rows(PAGE) if len(row) == 4}
    for name, field in SpeechBody().fields.items():
        stated = rows[name][1].strip("`")
        if field.default is not serializers.empty:
            assert str(field.default).lower().removesuffix(".0") == stated, name
        else:
            assert (stated == "required") == field.required, name


def pairs(rows: list[list[str]]) -> dict[str, str]:
    """Return names and the voices that stand for them, by their order in the cells of a row."""
    return {
        theirs: ours
        for row in rows
        for theirs, ours in zip(
            re.findall(r"`(\w+)`", row[0]), re.findall(r"\b[A-Z]\w+", row[1]), strict=True
        )
    }


def test_openai_s_voices_stand_beside_ours() -> None:
    assert pairs([row for row in table_rows(PAGE) if "'s voices" in row[1]]) == OPENAI_VOICES


def test_kokoro_s_voices_stand_beside_ours() -> None:
    rows = [row for row in table_rows(PAGE) if re.match(r"`[a-z]{2}_\w+`", row[0])]
    assert pairs(rows) == KOKORO_VOICES
