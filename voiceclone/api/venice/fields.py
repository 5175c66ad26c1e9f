"""Fields of this dialect's bodies: as lenient as clients need, where nothing is left to guess."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from voiceclone.api.fields import Choice, Number, Text, Whole
from voiceclone.api.venice.complaints import worded

_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")
_MAX_VOICE_CHARS = 100


class MaybeQuoted(serializers.Field[Any, Any, Any, Any]):
    """A number that may be written as a string, such as ``"1.0"``."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the number that a string holds, or what was given."""
        if isinstance(data, str) and _DECIMAL.fullmatch(data):
            data = float(data) if "." in data else int(data)
        return super().to_internal_value(data)


class LenientNumber(MaybeQuoted, Number):
    """A finite number, which may be written as a string."""


class LenientWhole(MaybeQuoted, Whole):
    """A whole number, which may be written as a string."""


class LenientChoice(Choice):
    """One of several strings in lower case, in whatever case it is written."""

    def to_internal_value(self, data: Any) -> str:
        """Return the string, if it is one of them."""
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)


def model_field(ids: tuple[str, ...]) -> type[Text]:
    """Return a field that shows which models there are; one that is not is no matter of form."""

    @extend_schema_field({"type": "string", "examples": list(ids)})
    class ModelField(Text):
        pass

    return ModelField


@extend_schema_field(
    {
        "type": ["string", "object"],
        "minLength": 1,
        "maxLength": _MAX_VOICE_CHARS,
        "properties": {"id": {"type": "string", "minLength": 1, "maxLength": _MAX_VOICE_CHARS}},
        "required": ["id"],
        "description": "A `vv_` handle, the id, short id or name of a voice of yours or of"
        " everybody's, or one of OpenAI's or Kokoro's names, such as `alloy` or `af_sky`; as a"
        ' string or as `{"id": "…"}`.',
    }
)
class VoiceField(serializers.Field[str, Any, str, Any]):
    """A voice: a string, or an object with an ``id``."""

    def to_internal_value(self, data: Any) -> str:
        """Return what the voice is called."""
        called = data.get("id") if isinstance(data, dict) else data
        if not isinstance(called, str):
            raise worded("Invalid 'voice': expected a string, or an object with an id.")
        return called

    def to_representation(self, value: str) -> str:
        """Return what the voice is called."""
        return value


class MaybeQuotedSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Has the OpenAPI document say that a number may be written as a string."""

    target_class = MaybeQuoted
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema of the field."""
        schema: dict[str, Any] = auto_schema._map_serializer_field(  # noqa: SLF001 - the way to the usual one
            self.target, direction, bypass_extensions=True
        )
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        written = [*(kind for kind in kinds if kind != "null"), "string"]  # null is added anew
        return schema | {"type": written, "pattern": f"^{_DECIMAL.pattern}$"}
