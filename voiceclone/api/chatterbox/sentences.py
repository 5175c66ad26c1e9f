"""What is wrong with a request, in the sentences of a JSON Schema validator."""

from typing import Any

from rest_framework import serializers

from voiceclone.api.fields import Number

_WORDED = "worded"
_SENTENCES = {
    "required": "'{name}' is a required property",
    "null": "'{name}' is not of type '{type}'",
    "invalid": "'{name}' is not of type '{type}'",
    "invalid_choice": "'{name}' is not one of {choices}",
    "blank": "'{name}' should be non-empty",
    "max_length": "'{name}' is too long (at most {field.max_length} characters)",
    "min_value": "'{name}' is less than the minimum of {field.min_value:g}",
    "max_value": "'{name}' is greater than the maximum of {field.max_value:g}",
    "null_characters_not_allowed": "'{name}' must not contain null characters",
    "surrogate_characters_not_allowed": "'{name}' must not contain lone surrogates",
}


def worded(message: str) -> serializers.ValidationError:
    """Return a complaint whose sentence stands on its own."""
    return serializers.ValidationError(message, code=_WORDED)


def first_complaint(form: serializers.Serializer[Any]) -> str:
    """Return the first thing wrong with a refused form. It names the field, not what was sent."""
    name, details = next(iter(form.errors.items()))
    code = details[0].code
    if code == _WORDED:
        return str(details[0])
    field = form.fields[name]
    return _SENTENCES[code].format(
        name=name,
        field=field,
        type="number" if isinstance(field, Number) else "string",
        choices=list(getattr(field, "choices", ())),
    )
