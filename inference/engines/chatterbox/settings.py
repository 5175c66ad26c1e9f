"""How the engine is configured: by environment variables, read here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from inference.engines.base import EngineError

ModelName: TypeAlias = Literal["english", "multilingual", "turbo", "nano"]
Precision: TypeAlias = Literal["float32", "bfloat16", "int8"]
Hops: TypeAlias = Literal["auto", "first", "always", "never"]


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them, with their defaults; each comes from the variable of its name.

    ``CHATTERBOX_CHECKPOINT`` is a folder of weights (else they are downloaded),
    ``CHATTERBOX_MODEL`` one of english, multilingual, turbo and nano. ``CHATTERBOX_DEVICE``
    is auto, cuda, cuda:N, mps or cpu; ``CHATTERBOX_DTYPE`` auto, float32, bfloat16 or, on a
    CPU, int8. ``CHATTERBOX_SLOTS`` is how many utterances may be generated at once (0: by
    device), ``CHATTERBOX_MAX_TOKENS`` how long one may get (25 tokens are a second), and
    ``CHATTERBOX_POSITIONS`` what a slot's cache holds of prompt, text and speech together.
    ``CHATTERBOX_AHEAD`` is how many pieces of one text are generated at once.
    ``CHATTERBOX_HOPS`` says which pieces leave in hops before they are complete: first,
    always or never; auto is first on a GPU and never on a CPU, which would have to do most
    of the vocoder's work again. ``CHATTERBOX_IDLE_SECONDS`` unloads an unused model (0:
    never), ``CHATTERBOX_TIMEOUT`` bounds the wait for audio in seconds,
    ``CHATTERBOX_THREADS`` is torch's number of threads (0: its own choice), and
    ``CHATTERBOX_TRACE`` keeps a record of every step for debugging (1 or 0).
    """

    checkpoint: Path | None = None
    model: ModelName = "english"
    device: str = "auto"
    dtype: Precision | Literal["auto"] = "auto"
    slots: int = 0
    max_tokens: int = 1000
    positions: int = 1536
    ahead: int = 4
    hops: Hops = "auto"
    idle_seconds: float = 0.0
    timeout: float = 600.0
    threads: int = 0
    trace: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read them. Raises EngineError ``MISCONFIGURED`` naming the variable at fault."""
        given = os.environ if environment is None else environment
        read = _Reader(given)
        folder = given.get("CHATTERBOX_CHECKPOINT", "").strip()
        return cls(
            checkpoint=Path(folder) if folder else None,
            model=read.choice("MODEL", "english", get_args(ModelName)),
            device=given.get("CHATTERBOX_DEVICE", "").strip() or "auto",
            dtype=read.choice("DTYPE", "auto", ("auto", *get_args(Precision))),
            slots=int(read.number("SLOTS", 0, least=0)),
            max_tokens=int(read.number("MAX_TOKENS", 1000, least=1)),
            positions=int(read.number("POSITIONS", 1536, least=64)),
            ahead=int(read.number("AHEAD", 4, least=1)),
            hops=read.choice("HOPS", "auto", get_args(Hops)),
            idle_seconds=read.number("IDLE_SECONDS", 0.0, least=0),
            timeout=read.number("TIMEOUT", 600.0, least=1),
            threads=int(read.number("THREADS", 0, least=0)),
            trace=read.choice("TRACE", "0", ("0", "1")) == "1",
        )

    def hops_on(self, device: str) -> Hops:
        """Return which pieces leave in hops on a ``device`` of this type; never auto."""
        if self.hops != "auto":
            return self.hops
        return "never" if device == "cpu" else "first"


class _Reader:
    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> Any:
        value = self._given.get(f"CHATTERBOX_{name}", "").strip().lower() or default
        if value not in allowed:
            raise _misconfigured(name, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def number(self, name: str, default: float, *, least: float) -> float:
        given = self._given.get(f"CHATTERBOX_{name}", "").strip()
        try:
            value = float(given) if given else default
        except ValueError:
            raise _misconfigured(name, f"must be a number, not {given!r}") from None
        if not least <= value < float("inf"):
            raise _misconfigured(name, f"must be at least {least:g}, not {given}")
        return value


def _misconfigured(name: str, what: str) -> EngineError:
    return EngineError("MISCONFIGURED", f"CHATTERBOX_{name} {what}.", retryable=False)
