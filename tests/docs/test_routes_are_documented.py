"""docs/api.md lists every route of the native API, with its scope, and no other."""

import re
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.docs.repository import ROOT, table_rows

PAGE = ROOT / "docs" / "api.md"
NOT_ROUTES_OF_THE_API = {"/api/schema", "/api/docs"}  # they are about it
METHODS = ("get", "post", "put", "patch", "delete")
_ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/api/[^`\s]*)`")


def test_every_route_is_documented() -> None:
    assert served() - documented() == set()


def test_every_documented_route_is_served() -> None:
    assert documented() - served() == set()


def test_documented_scopes_are_those_of_the_views() -> None:
    scopes = {route: str(view.scope) for route, view in _views() if hasattr(view, "scope")}
    for row in table_rows(PAGE.read_text()):
        route = _ROUTE.fullmatch(row[0])
        if route:
            name = f"{route[1]} {_plain(route[2])}"
            assert row[1] == f"`{scopes[name]}`", name


def served() -> set[str]:
    """Return ``METHOD /path`` of every route of the native API, ids as ``{}``."""
    return {route for route, _view in _views()}


def documented() -> set[str]:
    """Return the same of the routes that stand in the first column of a table."""
    return {
        f"{method} {_plain(path)}"
        for row in table_rows(PAGE.read_text())
        for method, path in _ROUTE.findall(row[0])
    }


def _views() -> Iterator[tuple[str, type]]:
    for path, pattern in _patterns(get_resolver(), "/"):
        view = getattr(pattern.callback, "cls", None)
        if view is None or path in NOT_ROUTES_OF_THE_API or not path.startswith("/api/"):
            continue
        if view.__module__.startswith("voiceclone.api.native."):
            for method in METHODS:
                if hasattr(view, method):
                    yield f"{method.upper()} {_plain(path)}", view


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns(one, path)
        else:
            yield path, one


def _plain(path: str) -> str:
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)
