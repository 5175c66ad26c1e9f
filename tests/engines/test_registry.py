"""Engines are found by name, once a process."""

import threading

import pytest

from inference.engines import registry
from inference.engines.espeak import EspeakEngine
from inference.engines.registry import (
    UnknownEngineError,
    close_engines,
    get_engine,
    languages_of,
)


class StandIn:
    made = 0

    def __init__(self):
        type(self).made += 1
        self.closed = False

    def close(self):
        self.closed = True


PATH = f"{__name__}:StandIn"


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_engines", {})
    StandIn.made = 0


def test_espeak_is_found_by_its_name():
    engine = get_engine("espeak")
    assert isinstance(engine, EspeakEngine)
    assert engine.name == "espeak"
    assert engine.model.startswith("espeak-ng-1.")
    assert get_engine("inference.engines.espeak:EspeakEngine") is engine


def test_threads_share_one_instance():
    found = []
    gate = threading.Barrier(8)

    def find():
        gate.wait()
        found.append(get_engine(PATH))

    threads = [threading.Thread(target=find) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert StandIn.made == 1
    assert len(set(map(id, found))) == 1


@pytest.mark.parametrize(
    "name",
    ["", "chatterbot", "no.such.module:Engine", f"{__name__}:Missing", ":X", "x:", "inference:"],
)
def test_an_unknown_name_is_refused_with_the_names_that_are_known(name):
    with pytest.raises(UnknownEngineError, match="espeak") as refused:
        get_engine(name)
    assert refused.value.name == name


def test_closing_closes_every_engine_and_forgets_it():
    engine = get_engine(PATH)
    close_engines()
    assert engine.closed
    assert get_engine(PATH) is not engine


def test_what_an_engine_speaks_is_known_without_making_one(monkeypatch) -> None:
    monkeypatch.setattr(EspeakEngine, "__init__", lambda _self: 1 / 0)
    assert {"en-us", "de"} <= languages_of("espeak")
    assert languages_of("chatterbox") == {"en"}
    monkeypatch.setenv("CHATTERBOX_MODEL", "multilingual")
    assert {"en", "de", "ja"} <= languages_of("chatterbox")
