"""Titles of voices: what one is called that nobody named, and their order."""

import unicodedata
from typing import Any, Final

from django.db import connection
from django.db.backends.signals import connection_created
from django.db.models.functions import Collate
from django.utils import timezone

_POSTGRESQL: Final = "und-x-icu"
_SQLITE: Final = "people"


def automatic_title(mark: str) -> str:
    """Return the title of a voice that nobody named; ``mark`` tells it from others."""
    return f"Voice {timezone.now():%Y-%m-%d %H:%M} {mark}"


def by_title() -> Collate:
    """Return titles to sort by as people do: case and accents count only between equals."""
    return Collate("title", _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE)


def prepare_sqlite() -> None:
    """Teach each connection to SQLite, which sorts by code point, the order of people."""
    connection_created.connect(_add_collation, dispatch_uid="voices.titles")


def _add_collation(*, connection: Any, **_kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        connection.connection.create_collation(_SQLITE, _compare)


def _compare(one: str, other: str) -> int:
    first, second = _key(one), _key(other)
    return (first > second) - (first < second)


def _key(title: str) -> tuple[str, str, str]:
    apart = unicodedata.normalize("NFKD", title)
    letters = "".join(mark for mark in apart if not unicodedata.combining(mark)).casefold()
    return letters, apart.casefold(), title.swapcase()  # lower case first, as ICU does
