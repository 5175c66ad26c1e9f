"""Reading the environment: typed, and loud about what is wrong."""

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """Return a variable with surrounding blanks removed; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable."""
    value = text(name, "1" if default else "0").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def number(name: str, default: int, *, minimum: int = 0) -> int:
    """Return a whole number that is at least ``minimum``."""
    value = text(name, str(default))
    try:
        parsed = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None
    if parsed < minimum:
        raise ImproperlyConfigured(f"{name} must be at least {minimum}, not {parsed}")
    return parsed


def seconds(name: str, default: float) -> float:
    """Return a length of time in seconds, greater than 0."""
    value = text(name, str(default))
    try:
        parsed = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number of seconds, not {value!r}") from None
    if not 0 < parsed < float("inf"):
        raise ImproperlyConfigured(f"{name} must be greater than 0, not {value}")
    return parsed


def names(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without blanks."""
    return [part for part in (piece.strip() for piece in text(name, default).split(",")) if part]


def pairs(name: str) -> dict[str, str]:
    """Return a comma-separated list of ``this=that``, the first parts in lower case."""
    found: dict[str, str] = {}
    for one in names(name):
        this, _, that = (part.strip() for part in one.partition("="))
        if not this or not that:
            raise ImproperlyConfigured(f"{name} lists name=other, not {one!r}")
        found[this.lower()] = that
    return found


def hosts(name: str) -> frozenset[str]:
    """Return a comma-separated list of ``host:port``, in lower case; IPv6 in brackets."""
    listed = frozenset(one.lower() for one in names(name))
    for one in listed:
        if re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+):[1-9][0-9]{0,4}", one) is None:
            raise ImproperlyConfigured(f"{name} lists host:port, not {one!r}")
    return listed


def origins(name: str) -> list[str]:
    """Return a comma-separated list of web origins, ``https://host:port``, or only ``*``."""
    listed = names(name)
    for one in listed:
        if one != "*" and re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s]+", one) is None:
            raise ImproperlyConfigured(
                f"{name} lists origins like https://app.example, not {one!r}"
            )
    return ["*"] if "*" in listed else listed


def folder(name: str, default: Path) -> Path:
    """Return an absolute path; nothing is created."""
    return Path(text(name) or default).expanduser().absolute()
