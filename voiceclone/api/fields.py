"""Serializer fields for JSON bodies: as strict as the documented types, and safe from any input.

DRF's own take ``"1.5"`` and ``true`` for numbers, let NaN pass bounds, and repeat what was
sent in their complaints.
"""

import math
import re
from typing import Any

from rest_framework import serializers

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_EXACT = 2**53
"""Up to here a float that is whole is exactly so."""


def says_something(text: str) -> bool:
    """Whether there is anything in a text to say: more than blanks and marks without a shape."""
    return any(mark.isprintable() and not mark.isspace() for mark in text)


class NullIsAbsent(serializers.Serializer[Any]):
    """A JSON body in which null for an optional field means that the field is left out.

    Typed clients send one for each option that nobody has set.
    """

    def get_fields(self) -> dict[str, Any]:
        """Return the fields; the document says which may be null."""
        fields: dict[str, Any] = super().get_fields()
        for field in fields.values():
            field.allow_null = field.allow_null or not field.required
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated fields, without those that are null."""
        if isinstance(data, dict):
            required = {name for name, field in self.fields.items() if field.required}
            data = {
                name: value for name, value in data.items() if value is not None or name in required
            }
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A string, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> str:
        """Return the string."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A finite JSON number."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number as a float."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            value = float(data)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class Whole(serializers.IntegerField):
    """A whole JSON number; 5.0 is one, as JSON Schema has it."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number as an int."""
        whole = isinstance(data, int) or (
            isinstance(data, float) and data.is_integer() and abs(data) <= _EXACT
        )
        if isinstance(data, bool) or not whole:
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    """A JSON true or false."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class QueryWhole(serializers.IntegerField):
    """A whole number written in a query string, in plain digits."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number as an int."""
        if _WHOLE.fullmatch(str(data)) is None:
            self.fail("invalid")
        return int(data)


class Choice(serializers.ChoiceField):
    """One of several strings."""

    def __init__(self, choices: tuple[str, ...], **options: Any) -> None:
        sentence = f"Must be one of {', '.join(choices)}."
        super().__init__(choices, error_messages={"invalid_choice": sentence}, **options)

    def to_internal_value(self, data: Any) -> str:
        """Return the string, if it is one of them."""
        if not isinstance(data, str):
            self.fail("invalid_choice")
        found: str = super().to_internal_value(data)
        return found
