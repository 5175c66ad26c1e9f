"""What is wrong with a request, in OpenAI's words: which parameter, a code and a sentence."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

WORDED = "worded"

_CODES = {
    "required": "missing_required_parameter",
    "null": "invalid_type",
    "invalid": "invalid_type",
    "invalid_choice": "invalid_value",
    "blank": "empty_string",
    "max_length": "string_above_max_length",
    "min_value": "decimal_below_min_value",
    "max_value": "decimal_above_max_value",
    "empty": "invalid_value",
    "no_name": "invalid_value",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """The first thing that is wrong; ``param`` names it where it has a name."""

    param: str | None
    code: str
    message: str


def worded(message: str) -> serializers.ValidationError:
    """Return a complaint whose sentence stands on its own."""
    return serializers.ValidationError(message, code=WORDED)


def complaint(detail: Any) -> Complaint:
    """Return the first of a serializer's complaints. It does not repeat what was sent."""
    param = ""
    while isinstance(detail, (dict, list)) and detail:
        if isinstance(detail, dict):
            name, detail = next(iter(detail.items()))
            param = param if name == "non_field_errors" else str(name)
        else:
            detail = detail[0]
    code = getattr(detail, "code", "")
    if code == WORDED:
        return Complaint(param or None, "invalid_value", str(detail))
    message = (
        f"Missing required parameter: '{param}'."
        if code == "required"
        else f"Invalid '{param}': {_continued(str(detail))}"
    )
    return Complaint(param or None, _CODES.get(code, "invalid_value"), message)


def _continued(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
