"""Reading bodies, such that nothing in one can be more than a refusal."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class JsonParser(parsers.BaseParser):
    """JSON in UTF-8, whatever charset is claimed: RFC 8259 knows no other."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        _media_type: str | None = None,
        _context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value.

        Raises:
            ParseError: it is no JSON, has NaN or Infinity in it, or is nested too deeply.
        """
        try:
            text = stream.read().decode("utf-8-sig")
            return json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not valid JSON") from error


class FormParser(parsers.MultiPartParser):
    """``multipart/form-data`` with names and values in UTF-8."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the fields and files.

        Raises:
            ParseError: the parts cannot be told from each other.
        """
        context = {**(parser_context or {}), "encoding": "utf-8"}
        try:
            return super().parse(stream, media_type, context)
        except (ParseError, ValueError, LookupError) as error:
            raise ParseError("The body is not valid multipart/form-data") from error
