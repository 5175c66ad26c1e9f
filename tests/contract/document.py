"""What the OpenAPI document says of an answer."""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.contract.asking import Ask


def assert_documented(ask: Ask, reply: Any) -> None:
    """Check that a reply's status is among those of its operation, and its body of that shape."""
    responses = _operation(ask.path, ask.method)["responses"]
    assert str(reply.status_code) in responses
    shape = responses[str(reply.status_code)]["content"][reply.headers["Content-Type"]]["schema"]
    Draft202012Validator(shape | {"components": _document()["components"]}).validate(reply.json())


@cache
def _document() -> dict[str, Any]:
    from voiceclone.api.schema_views import _document as document

    read: dict[str, Any] = json.loads(document("json"))
    return read


@cache
def _operation(path: str, method: str) -> dict[str, Any]:
    for template, item in _document()["paths"].items():
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path):
            found: dict[str, Any] = item[method.lower()]
            return found
    raise LookupError(path)
