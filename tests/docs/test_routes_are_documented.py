"""docs/api.md lists every route of the API, with its scope, and no other."""

import re

from tests.docs.repository import ROOT, table_rows
from tests.support.routes import api_views, methods_of

PAGE = ROOT / "docs" / "api.md"
_ROUTE = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`\s]*)`")


def test_every_route_is_documented() -> None:
    assert served() - documented() == set()


def test_every_documented_route_is_served() -> None:
    assert documented() - served() == set()


def test_documented_scopes_are_those_of_the_views() -> None:
    scopes = {
        f"{method} {_plain(path)}": str(view.scope)
        for path, view in api_views()
        for method in methods_of(view)
    }
    for row in table_rows(PAGE.read_text()):
        route = _ROUTE.fullmatch(row[0])
        if route:
            name = f"{route[1]} {_plain(route[2])}"
            assert row[1] == f"`{scopes[name]}`", name


def served() -> set[str]:
    """Return ``METHOD /path`` of every route of the API, ids as ``{}``."""
    return {f"{method} {_plain(path)}" for path, view in api_views() for method in methods_of(view)}


def documented() -> set[str]:
    """Return the same of the routes that stand in the first column of a table."""
    return {
        f"{method} {_plain(path)}"
        for row in table_rows(PAGE.read_text())
        for method, path in _ROUTE.findall(row[0])
    }


def _plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)
