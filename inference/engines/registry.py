"""Engines by name: one instance of each in a process."""

import threading
from importlib import import_module

from inference.engines.base import Engine
from inference.engines.operation import Mortal, Operated, Reader

BUILT_IN = {
    "espeak": "inference.engines.espeak:EspeakEngine",
    "chatterbox": "inference.engines.chatterbox:ChatterboxEngine",
}
"""Short names of the engines that come with the service."""

_lock = threading.Lock()
_engines: dict[str, Engine] = {}


class UnknownEngineError(LookupError):
    """No engine goes by this name; ``name`` is what was asked for."""

    def __init__(self, name: str, why: str) -> None:
        known = ", ".join(sorted(BUILT_IN))
        super().__init__(
            f"There is no engine {name!r} ({why}). "
            f"Known are {known}, or write package.module:Class for one of your own."
        )
        self.name = name


def get_engine(name: str) -> Engine:
    """Return the process's one engine called ``name``, made at the first call.

    ``name`` is a short name of :data:`BUILT_IN` or a dotted path ``package.module:Class``
    whose class is called without arguments. Raises UnknownEngineError.
    """
    path = BUILT_IN.get(name, name)
    with _lock:
        if path not in _engines:
            _engines[path] = _factory(name, path)()
        return _engines[path]


def languages_of(name: str) -> frozenset[str]:
    """Return what the engine called ``name`` speaks, without making one.

    Raises UnknownEngineError, or EngineError for an engine that is configured wrongly.
    """
    return _factory(name, BUILT_IN.get(name, name)).spoken_languages()


def refusal_of(name: str, text: str, language: str | None) -> str:
    """Return why the engine called ``name`` cannot read ``text``, or nothing.

    An engine that has no ``refusal`` says so only when it is to speak. Raises as
    :func:`languages_of` does.
    """
    factory = _factory(name, BUILT_IN.get(name, name))
    return factory.refusal(text, language) if issubclass(factory, Reader) else ""


def operated_engines() -> list[Operated]:
    """Return those engines of this process that have a status and can be drained."""
    # Without the lock, which is held while an engine loads its model.
    return [engine for engine in list(_engines.values()) if isinstance(engine, Operated)]


def discard_dead_engines() -> int:
    """Forget the engines that have died, so that the next :func:`get_engine` makes new ones.

    Returns:
        How many there were.
    """
    with _lock:
        dead = [
            path
            for path, engine in _engines.items()
            if isinstance(engine, Mortal) and engine.has_died
        ]
        engines = [_engines.pop(path) for path in dead]
    for engine in engines:
        engine.close()
    return len(engines)


def close_engines() -> None:
    """Close every engine that was made; the next :func:`get_engine` makes a new one."""
    with _lock:
        engines = list(_engines.values())
        _engines.clear()
    for engine in engines:
        engine.close()


def _factory(name: str, path: str) -> type[Engine]:
    module_name, colon, class_name = path.partition(":")
    if not (module_name and colon and class_name):
        raise UnknownEngineError(name, "it is neither a known name nor a path")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that the engine itself misses is a fault of its own, to be shown as such.
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise UnknownEngineError(name, f"no module {error.name}") from error
    factory: type[Engine] | None = getattr(module, class_name, None)
    if factory is None:
        raise UnknownEngineError(name, f"{module_name} has no {class_name}")
    return factory
