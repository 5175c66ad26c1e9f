"""Tiny checkpoints, the package's own models on them, and ours."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # a tokenizer of the package looks a table up on its hub

import torch

from inference.engines.chatterbox.checkpoint import Checkpoint, load_checkpoint
from inference.engines.chatterbox.environment import prepare_imports

prepare_imports()

from inference.engines.chatterbox.settings import Settings  # noqa: E402
from tests.chatterbox.checkpoints import FAMILIES, write_tiny_checkpoint  # noqa: E402
from tests.chatterbox.tiny import tiny_architecture  # noqa: E402

torch.set_num_threads(1)  # the tests share the machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One worker builds the checkpoints and loads the modules once for all of these.
    for item in items:
        if "tests/chatterbox/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("chatterbox"))


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of a family's tiny checkpoint."""

    @cache
    def folder(name: str) -> Path:
        return write_tiny_checkpoint(tmp_path_factory.mktemp(name), FAMILIES[name])

    return folder


@pytest.fixture(scope="session")
def checkpoint_of(folder_of: Callable[[str], Path]) -> Callable[[str], Checkpoint]:
    """Return a family's tiny checkpoint as the engine loads it."""

    @cache
    def load(name: str) -> Checkpoint:
        model: Any = name.partition("-")[0]
        with tiny_architecture():
            return load_checkpoint(Settings(checkpoint=folder_of(name), model=model, device="cpu"))

    return load


@pytest.fixture(scope="session")
def stock_of(folder_of: Callable[[str], Path]) -> Callable[[str], Any]:
    """Return the package's own model, by its own ``from_local``."""
    from chatterbox.mtl_tts import ChatterboxMultilingualTTS
    from chatterbox.tts import ChatterboxTTS
    from chatterbox.tts_turbo import ChatterboxTurboTTS
    from chatterbox.vc import ChatterboxVC

    classes = {
        "english": ChatterboxTTS,
        "multilingual-v2": ChatterboxMultilingualTTS,
        "turbo": ChatterboxTurboTTS,
        "conversion": ChatterboxVC,
    }

    @cache
    def load(name: str) -> Any:
        folder = folder_of("english" if name == "conversion" else name)
        with tiny_architecture():
            return classes[name].from_local(folder, "cpu")

    return load
