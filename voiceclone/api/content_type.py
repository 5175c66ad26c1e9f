"""Keeping a malformed ``Content-Type`` from ending a request before anything can answer it.

Django reads the header while it builds its request, outside of every middleware: a charset
that is none, or a damaged parameter, ends in a bare 500 of the server.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

WsgiApplication = Callable[[Any, Any], Iterable[bytes]]


def plain_content_type(header: str) -> str:
    """Return the header with its type and boundary only; "" where it cannot be read.

    Bodies are UTF-8 here whatever charset is claimed, and no other parameter means anything.
    """
    try:
        kind, parameters = parse_header_parameters(header)
    except (ValueError, LookupError):
        return ""
    boundary = str(parameters.get("boundary", "")).replace("\\", "\\\\").replace('"', '\\"')
    return f'{kind}; boundary="{boundary}"' if boundary else kind


class PlainContentType:
    """WSGI middleware that hands Django a ``Content-Type`` it can read."""

    def __init__(self, application: WsgiApplication) -> None:
        self.application = application

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer as the application does."""
        if "CONTENT_TYPE" in environ:
            environ["CONTENT_TYPE"] = plain_content_type(environ["CONTENT_TYPE"])
        return self.application(environ, start_response)
