# ruff: noqa: N815 - the parameters' own names
"""What this dialect takes: the envelope of a job, and the ``input`` of each operation.

A wrong envelope is a refused request; a wrong ``input`` is a job that fails.
"""

from typing import Any

from django.conf import settings
from rest_framework import serializers as s

from inference.fetch.errors import FetchError
from inference.fetch.target import read_target
from inference.jobs.model import JobLimits
from inference.languages.naming import MAX_CHARS
from voiceclone.api.fields import Choice, Flag, Number, QueryWhole, Text, Whole, says_something
from voices.languages import asked_language

MAX_TEXT = 5000
MAX_NAME = 100
MAX_DESCRIPTION = 500
MIN_EXECUTION_MS, MIN_TTL_MS, MAX_MS = 5_000, 10_000, 7 * 24 * 3_600_000
MIN_WAIT_MS, DEFAULT_WAIT_MS, MAX_WAIT_MS = 1_000, 90_000, 300_000
BASIC, STREAMING, STREAMING_CLONING = "basic", "streaming", "streaming_voice_cloning"
MODES = (BASIC, STREAMING, STREAMING_CLONING)
EMBEDDING, AUDIO = "embedding", "audio"


class JsonObject(s.DictField):
    """A JSON object with anything in it."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return it as it is."""
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data


class Policy(s.Serializer[Any]):
    """How long a job may take, in milliseconds; there is one priority for all."""

    executionTimeout = Whole(
        min_value=MIN_EXECUTION_MS,
        max_value=MAX_MS,
        required=False,
        allow_null=True,
        help_text="From when it is taken up.",
    )
    ttl = Whole(
        min_value=MIN_TTL_MS,
        max_value=MAX_MS,
        required=False,
        allow_null=True,
        help_text="From when it is submitted.",
    )
    lowPriority = Flag(required=False, help_text="Accepted, without effect.")


class RunInput(s.Serializer[Any]):
    """The envelope of a job."""

    input = JsonObject(help_text="Has an `operation`, and what that takes.")
    webhook = Text(
        required=False,
        allow_null=True,
        max_length=2000,
        help_text="Is sent the body of `/status` when the job has ended.",
    )
    policy = Policy(required=False, allow_null=True)

    def validate_webhook(self, value: str | None) -> str | None:
        """Refuse an address that nothing would ever be sent to."""
        if value is not None:
            try:
                read_target(value, allowed=settings.ALLOWED_FETCH_HOSTS)
            except FetchError as error:
                raise s.ValidationError(error.message) from error
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what would otherwise go unheeded."""
        given: Any = self.initial_data
        for name in ("s3Config", "webhookV2"):
            if given.get(name) is not None:
                raise s.ValidationError({name: "Not supported here; leave it out."})
        return attrs

    def limits(self) -> JobLimits:
        """Return the time that the customer gives the job."""
        policy = self.validated_data.get("policy") or {}
        ttl, execution = policy.get("ttl"), policy.get("executionTimeout")
        return JobLimits(
            total_seconds=None if ttl is None else ttl / 1000,
            execution_seconds=None if execution is None else execution / 1000,
        )


class WaitInput(s.Serializer[Any]):
    """For how long an answer may wait for the job."""

    wait = QueryWhole(
        min_value=MIN_WAIT_MS,
        max_value=MAX_WAIT_MS,
        default=DEFAULT_WAIT_MS,
        help_text="Milliseconds.",
    )


class Base64(s.Field[Any, Any, Any, Any]):
    """A recording as base64; looked at later, since it may be long."""

    default_error_messages = {"invalid": "Must be a string of base64."}

    def to_internal_value(self, data: Any) -> str:
        """Return the string."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = data
        return text


class Language(Text):
    """A language as people write it; becomes its tag, or "" to have it found from the text."""

    default_error_messages = {"unspoken": "Not supported"}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MAX_CHARS, required=False, **options)

    def run_validation(self, data: Any = s.empty) -> Any:
        """Return the tag of a language that the engine speaks."""
        written = super().run_validation(data)
        tag = asked_language(written)
        if tag is None:
            self.fail("unspoken")
        return tag


class BasicInput(s.Serializer[Any]):
    """``tts`` in its basic mode."""

    text = Text(
        trim_whitespace=False,
        max_length=MAX_TEXT,
        error_messages={
            "blank": "Text cannot be empty",
            "max_length": "Text is too long: at most {max_length} characters",
        },
    )
    language = Language()
    sample_rate = Whole(min_value=8000, max_value=48_000, default=24_000)
    audio_normalization = Choice(("peak", "rms"), required=False)
    voice_name = Text(required=False, allow_blank=True)
    voice_id = Text(required=False, allow_blank=True)
    reference_audio = Base64(required=False)
    max_reference_duration_sec = Whole(min_value=5, max_value=60, default=30)
    no_watermark = Flag(default=False)

    def validate_text(self, value: str) -> str:
        """Refuse a text with nothing in it to say."""
        if not says_something(value):
            raise s.ValidationError("Text cannot be empty")
        return value


class StreamingInput(BasicInput):
    """``tts`` in mode ``streaming``."""

    chunk_size = Whole(min_value=1, max_value=100, default=50)
    exaggeration = Number(min_value=0, max_value=1, default=0.5)
    cfg_weight = Number(min_value=0, max_value=1, default=0.5)
    temperature = Number(min_value=0.1, max_value=2, default=0.8)
    print_metrics = Flag(default=True)


class StreamingCloningInput(StreamingInput):
    """``tts`` in mode ``streaming_voice_cloning``: the same with other defaults."""

    chunk_size = Whole(min_value=1, max_value=100, default=25)
    exaggeration = Number(min_value=0, max_value=1, default=0.7)
    cfg_weight = Number(min_value=0, max_value=1, default=0.3)


class CloningInput(s.Serializer[Any]):
    """``voice_cloning``."""

    reference_audio = Base64()
    voice_name = Text(max_length=MAX_NAME)
    voice_description = Text(max_length=MAX_DESCRIPTION, allow_blank=True, default="")
    save_to_library = Flag(default=True)


class ConversionInput(s.Serializer[Any]):
    """``voice_conversion``."""

    input_audio = Base64()
    language = Language()
    voice_name = Text(required=False, allow_blank=True)
    voice_id = Text(required=False, allow_blank=True)
    target_speaker = Base64(required=False)
    no_watermark = Flag(default=False)


class TransferInput(s.Serializer[Any]):
    """``voice_transfer``."""

    transfer_mode = Choice((EMBEDDING, AUDIO))
    input_audio = Base64()
    language = Language()
    voice_name = Text(required=False, allow_blank=True)
    voice_id = Text(required=False, allow_blank=True)
    target_audio = Base64(required=False)
    no_watermark = Flag(default=False)
