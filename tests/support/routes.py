"""Every route of the API, as the URL conf and the views have it."""

import re
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "put", "patch", "delete")


def api_views(dialect: str = "") -> Iterator[tuple[str, type[Any]]]:
    """Yield each path with its view class: of one dialect, such as ``native``, or of all.

    An id stands in a path as ``{its_name}``.
    """
    for path, pattern in _patterns(get_resolver(), "/"):
        view = getattr(pattern.callback, "cls", None)
        if view is not None and view.__module__.startswith(f"voiceclone.api.{dialect}"):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), view


def methods_of(view: type[Any]) -> list[str]:
    """Return the methods that a view answers, in capitals."""
    return [method.upper() for method in METHODS if hasattr(view, method)]


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns(one, path)
        else:
            yield path, one
