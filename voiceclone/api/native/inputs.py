"""What the native dialect takes: every parameter with its default and its bounds."""

import json
from typing import Any

from django.core.validators import URLValidator
from rest_framework import serializers
from speech.operations import MAX_SEED, SpeechRequest
from voices.models import VoiceType
from voices.operations import NewVoice

MAX_TEXT_BYTES = 5000
MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_TAGS = 20
MAX_TAG_CHARS = 50
FORMATS = ("mp3", "wav", "opus", "pcm")
STATUSES = ("PROCESSING", "COMPLETED", "FAILED")
SORT_FIELDS = {
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "title": "title",
    "duration": "duration",
    "popularity": "popularity",
}
DEFAULT_MODELS = ("default", "tts-chatterbox-hd", "chatterbox")
"""Names of other vendors' models that mean ours; the reply says which model spoke."""


def worded(message: str) -> serializers.ValidationError:
    """Return a complaint whose sentence stands on its own."""
    return serializers.ValidationError(message, code="worded")


class TtsInput(serializers.Serializer[Any]):
    """The body of POST /tts."""

    text = serializers.CharField(
        trim_whitespace=False,
        help_text="Text to convert to speech, at most 5000 UTF-8 bytes. 1 credit per byte.",
    )
    voiceId = serializers.CharField(max_length=64, help_text="A voice of yours or a system voice.")
    format = serializers.ChoiceField(FORMATS, default="mp3")
    language = serializers.RegexField(
        r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        max_length=20,
        required=False,
        help_text="BCP 47 tag; found from the script of the text where it is left out.",
    )
    speed = serializers.FloatField(
        min_value=0.25, max_value=4.0, default=1.0, help_text="Tempo; the pitch stays."
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=MAX_SEED, required=False, allow_null=True
    )
    exaggeration = serializers.FloatField(min_value=0.0, max_value=1.0, default=0.5)
    cfgWeight = serializers.FloatField(min_value=0.0, max_value=1.0, default=0.5)
    temperature = serializers.FloatField(min_value=0.0, max_value=2.0, default=0.8)
    model = serializers.CharField(max_length=80, default="default")

    def validate_text(self, text: str) -> str:
        """Refuse text that is too long or has nothing to say."""
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise worded(f"Text exceeds maximum length of {MAX_TEXT_BYTES} bytes")
        if not text.strip():
            raise worded("Text is required")
        return text

    def wanted(self) -> SpeechRequest:
        """Return the validated request as the domain takes it."""
        data = self.validated_data
        return SpeechRequest(
            text=data["text"],
            format=data["format"],
            language=data.get("language", "").lower(),
            speed=data["speed"],
            seed=data.get("seed"),
            exaggeration=data["exaggeration"],
            cfg_weight=data["cfgWeight"],
            temperature=data["temperature"],
        )


class TagsField(serializers.Field[list[str], Any, list[str], Any]):
    """Tags as a JSON array or a comma-separated string."""

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the tags without blanks and repetitions, in their order."""
        parts = data
        if isinstance(data, str):
            try:
                parsed = json.loads(data)
            except ValueError:
                parsed = None
            parts = parsed if isinstance(parsed, list) else data.split(",")
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise worded("Tags must be a JSON array of strings or a comma-separated string")
        tags = list(dict.fromkeys(tag.strip() for tag in parts if tag.strip()))
        if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in tags):
            raise worded(f"At most {MAX_TAGS} tags of {MAX_TAG_CHARS} characters each")
        return tags

    def to_representation(self, value: list[str]) -> list[str]:
        """Return the tags."""
        return value


_SENTENCES = {
    "title": {"max_length": "Title exceeds maximum length of 100 characters"},
    "description": {"max_length": "Description exceeds maximum length of 500 characters"},
}


class VoiceAbout(serializers.Serializer[Any]):
    """What a customer says of a voice."""

    title = serializers.CharField(
        max_length=100, required=False, allow_blank=True, error_messages=_SENTENCES["title"]
    )
    description = serializers.CharField(
        max_length=500, required=False, allow_blank=True, error_messages=_SENTENCES["description"]
    )
    coverImage = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    tags = TagsField(required=False)

    def validate_coverImage(self, url: str) -> str:  # noqa: N802 - DRF's naming
        """Refuse what is no web address; it is kept as text and never fetched."""
        if url:
            try:
                URLValidator(schemes=["http", "https"])(url)
            except Exception as error:
                raise worded("coverImage must be an http or https URL") from error
        return url

    def about(self) -> NewVoice:
        """Return the validated fields as the domain takes them."""
        data = self.validated_data
        return NewVoice(
            title=data.get("title", ""),
            description=data.get("description", ""),
            cover_image=data.get("coverImage", ""),
            tags=data.get("tags", []),
        )

    def changes(self) -> dict[str, Any]:
        """Return only what was sent, under the model's names."""
        renamed = {"coverImage": "cover_image"}
        return {renamed.get(name, name): value for name, value in self.validated_data.items()}


class VoiceCloneInput(VoiceAbout):
    """The form of POST /voice-clone."""

    voice = serializers.FileField(
        allow_empty_file=True,  # refused as no audio, in the words for that
        help_text="MP3, WAV or WebM, at most 20 MB, 1 to 180 seconds.",
        error_messages={
            "required": "Voice file is required",
            "invalid": "Voice file is required",
            "no_name": "Voice file is required",
        },
    )


class VoicePatch(VoiceAbout):
    """The body of PATCH /voices/{id}."""

    def validate_title(self, title: str) -> str:
        """A voice keeps a name."""
        if not title:
            raise worded("Title must not be empty")
        return title


class PageInput(serializers.Serializer[Any]):
    """Which page of a list."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    sortOrder = serializers.ChoiceField(("asc", "desc"), default="desc")
    status = serializers.ChoiceField(STATUSES, required=False)


class VoicesInput(PageInput):
    """The query of GET /voices."""

    type = serializers.ChoiceField(tuple(VoiceType.values), required=False)
    sortBy = serializers.ChoiceField(tuple(SORT_FIELDS), default="createdAt")


class SpeechesInput(PageInput):
    """The query of GET /tts."""

    voiceId = serializers.CharField(max_length=64, required=False)


class LedgerInput(serializers.Serializer[Any]):
    """The query of GET /credits/ledger."""

    cursor = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, help_text="nextCursor of the page before"
    )
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    format = serializers.ChoiceField(("json", "csv"), default="json")
