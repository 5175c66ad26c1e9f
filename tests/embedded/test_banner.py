"""What the greeting says of the engine that speaks."""

from pathlib import Path
from typing import Any

import pytest

from voiceclone.embedded.banner import banner
from voiceclone.embedded.demo import Demo

DEMO = Demo("demo@example.com", Path("demo-password"), Path("demo-key"))


def test_the_preview_engine_is_called_a_preview(settings: Any) -> None:
    settings.ENGINE = "espeak"
    assert "the preview engine,\n  which matches pitch and timbre, not identity." in banner(DEMO)


@pytest.mark.parametrize("engine", ["chatterbox", "my.engines:Mine"])
def test_another_engine_is_named_and_not_called_a_preview(settings: Any, engine: str) -> None:
    settings.ENGINE = engine
    assert f"the engine {engine}." in banner(DEMO)
    assert "preview" not in banner(DEMO)
