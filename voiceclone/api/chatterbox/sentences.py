"""What is wrong with a request, in the sentences of a JSON Schema validator."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from voiceclone.api.fields import Choice, Number

WORDED = "worded"
"""The code of a complaint that is a sentence of its own."""


def worded(message: str) -> serializers.ValidationError:
    """Return a complaint whose sentence stands on its own."""
    return serializers.ValidationError(message, code=WORDED)


def first_complaint(form: serializers.Serializer[Any]) -> str:
    """Return the first thing wrong with a refused form. It names the field, not what was sent."""
    name, details = next(iter(form.errors.items()))
    return _sentence(str(name), form.fields.get(name), details[0])


def _sentence(name: str, field: Any, detail: ErrorDetail) -> str:
    match detail.code:
        case "required":
            return f"'{name}' is a required property"
        case "null" | "invalid":
            kind = "number" if isinstance(field, Number) else "string"
            return f"'{name}' is not of type '{kind}'"
        case "invalid_choice":
            assert isinstance(field, Choice)
            return f"'{name}' is not one of {list(field.choices)}"
        case "blank":
            return f"'{name}' should be non-empty"
        case "max_length":
            return f"'{name}' is too long (at most {field.max_length} characters)"
        case "min_value":
            return f"'{name}' is less than the minimum of {field.min_value:g}"
        case "max_value":
            return f"'{name}' is greater than the maximum of {field.max_value:g}"
        case "worded":
            return str(detail)
        case _:  # null characters and lone surrogates
            return f"'{name}' must not contain null or surrogate characters"
