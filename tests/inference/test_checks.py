from typing import Any

import pytest

from inference import checks


def told() -> list[tuple[str | None, str]]:
    return [(message.id, message.msg) for message in checks.check_engine()]


def test_the_preview_engine_needs_nothing() -> None:
    assert told() == []


def test_an_unknown_engine_is_an_error(settings: Any) -> None:
    settings.ENGINE = "siri"
    ((code, message),) = told()
    assert code == "inference.E001"
    assert "siri" in message


def test_a_setting_of_the_engine_that_makes_no_sense_is_an_error(
    settings: Any, monkeypatch: Any
) -> None:
    settings.ENGINE = "chatterbox"
    monkeypatch.setenv("CHATTERBOX_MODEL", "huge")
    ((code, message),) = told()
    assert code == "inference.E001"
    assert "CHATTERBOX_MODEL" in message


@pytest.mark.parametrize("missing", [[], ["The Python package torch is missing: install it."]])
def test_what_an_engine_lacks_on_this_machine_is_a_warning(
    settings: Any, monkeypatch: Any, missing: list[str]
) -> None:
    settings.ENGINE = "chatterbox"
    monkeypatch.setattr(checks, "environment_problems", lambda: missing)
    assert [code for code, _message in told()] == ["inference.W001"] * len(missing)
