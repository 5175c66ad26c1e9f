"""What the native dialect takes: every parameter with its default and its bounds."""
# ruff: noqa: N815 - the parameters' own names

import json
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inference.languages.naming import MAX_CHARS
from speech.operations import MAX_SEED, SpeechRequest
from voiceclone.api.fields import (
    Choice,
    Flag,
    NullIsAbsent,
    Number,
    QueryWhole,
    Text,
    Whole,
    says_something,
)
from voices.languages import asked_language
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
_TOO_LONG = f"Text exceeds maximum length of {MAX_TEXT_BYTES} bytes"


def worded(message: str) -> serializers.ValidationError:
    """Return a complaint whose sentence stands on its own."""
    return serializers.ValidationError(message, code="worded")


def _absent(sentence: str) -> dict[str, Any]:
    return dict.fromkeys(("required", "null", "blank"), sentence)


def _language(whence: str, **options: Any) -> Text:
    return Text(
        max_length=MAX_CHARS,
        required=False,
        help_text="A BCP 47 tag, an ISO 639 code or a name, such as `de`, `pt_BR` or `French`."
        f" {whence}",
        **options,
    )


def _tag_of(written: str) -> str:
    tag = asked_language(written)
    if tag is None:
        raise serializers.ValidationError("Not supported")
    return tag


class TtsInput(NullIsAbsent):
    """The body of POST /tts."""

    text = Text(
        trim_whitespace=False,
        max_length=MAX_TEXT_BYTES,  # of characters, so that the document has a bound to show
        help_text="What to say, at most 5000 bytes of UTF-8. Each byte costs 1 credit.",
        error_messages=_absent("Text is required") | {"max_length": _TOO_LONG},
    )
    voiceId = Text(
        help_text="A voice of yours or a system voice.",
        error_messages=_absent("voiceId is required"),
    )
    format = Choice(FORMATS, default="mp3")
    language = _language("Left out, it is the voice's, the workspace's, or found from the text.")
    speed = Number(min_value=0.25, max_value=4.0, default=1.0, help_text="Tempo; the pitch stays.")
    seed = Whole(
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text="The same seed gives the same take; made up where it is left out.",
    )
    exaggeration = Number(
        min_value=0.0, max_value=1.0, default=0.5, help_text="How much feeling is put into it."
    )
    cfgWeight = Number(
        min_value=0.0, max_value=1.0, default=0.5, help_text="How closely the voice is kept to."
    )
    temperature = Number(
        min_value=0.0, max_value=2.0, default=0.8, help_text="How much takes vary."
    )
    model = Text(max_length=80, default="default")
    noWatermark = Flag(
        default=False,
        help_text="Audio without the inaudible watermark; for workspaces with the right to it.",
    )

    def validate_text(self, text: str) -> str:
        """Refuse text that is too long or has nothing to say."""
        if len(text.encode()) > MAX_TEXT_BYTES:
            raise worded(_TOO_LONG)
        if not says_something(text):
            raise worded("Text is required")
        return text

    def validate_language(self, written: str) -> str:
        """Refuse a language that the engine does not speak."""
        return _tag_of(written)

    def wanted(self) -> SpeechRequest:
        """Return the validated request as the domain takes it."""
        data = self.validated_data
        return SpeechRequest(
            text=data["text"],
            format=data["format"],
            language=data.get("language", ""),
            speed=data["speed"],
            seed=data.get("seed"),
            exaggeration=data["exaggeration"],
            cfg_weight=data["cfgWeight"],
            temperature=data["temperature"],
            no_watermark=data["noWatermark"],
        )


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NO_TAGS = "Tags must be a JSON array of strings or a comma-separated string"


def _parts(text: str) -> Any:
    is_array = text.lstrip().startswith("[")
    if not is_array and not text.lstrip().startswith("{"):
        return text.split(",")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None if is_array else text.split(",")


@extend_schema_field(
    {
        "type": ["array", "string"],
        "items": {"type": "string", "maxLength": MAX_TAG_CHARS},
        "description": "An array, or a string: a JSON array, or tags separated by commas.",
    }
)
class TagsField(serializers.Field[list[str], Any, list[str], Any]):
    """Tags as a JSON array or a comma-separated string."""

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the tags without blanks and repetitions, in their order."""
        parts = _parts(data) if isinstance(data, str) else data
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise worded(_NO_TAGS)
        tags = list(dict.fromkeys(tag.strip() for tag in parts if tag.strip()))
        if any(_UNSTORABLE.search(tag) for tag in tags):
            raise worded("Tags must not contain null or surrogate characters")
        if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG_CHARS for tag in tags):
            raise worded(f"At most {MAX_TAGS} tags of {MAX_TAG_CHARS} characters each")
        return tags

    def to_representation(self, value: list[str]) -> list[str]:
        """Return the tags."""
        return value


_SENTENCES: dict[str, dict[str, Any]] = {
    "title": {"max_length": "Title exceeds maximum length of 100 characters"},
    "description": {"max_length": "Description exceeds maximum length of 500 characters"},
}


class VoiceAbout(serializers.Serializer[Any]):
    """What a customer says of a voice."""

    title = Text(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Named after the time where it is left out.",
        error_messages=_SENTENCES["title"],
    )
    description = Text(
        max_length=500, required=False, allow_blank=True, error_messages=_SENTENCES["description"]
    )
    coverImage = Text(
        max_length=2000,
        required=False,
        allow_blank=True,
        help_text="The address of a picture, kept as it is and never fetched.",
    )
    tags = TagsField(required=False)
    language = _language("What it speaks where a request names none.", allow_blank=True)

    def validate_language(self, written: str) -> str:
        """Refuse a language that the engine does not speak."""
        return _tag_of(written) if written else ""

    def validate_coverImage(self, url: str) -> str:  # noqa: N802 - DRF's naming
        """Refuse what is no web address; it is kept as text and never fetched."""
        if url:
            try:
                URLValidator(schemes=["http", "https"])(url)
            except ValidationError as error:
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
            language=data.get("language", ""),
        )

    def changes(self) -> dict[str, Any]:
        """Return only what was sent, under the model's names."""
        renamed = {"coverImage": "cover_image"}
        changed = {renamed.get(name, name): value for name, value in self.validated_data.items()}
        if "language" in changed:
            changed["language"] = changed["language"] or None
        return changed


def _recording(*, kinds: str, length: str, absent: str) -> serializers.FileField:
    return serializers.FileField(
        allow_empty_file=True,  # refused as no audio, in the words for that
        help_text=f"{kinds}, at most 20 MB, {length}.",
        error_messages=dict.fromkeys(("required", "invalid", "no_name"), absent),
    )


class VoiceCloneInput(VoiceAbout):
    """The form of POST /voice-clone."""

    voice = _recording(
        kinds="MP3, WAV or WebM",
        length="at least 1 second; the first 30 seconds of speech are used",
        absent="Voice file is required",
    )


class DetectInput(serializers.Serializer[Any]):
    """The form of POST /watermark/detect."""

    file = _recording(
        kinds="MP3, WAV, WebM, Ogg, FLAC, AAC or M4A",
        length="1 to 300 seconds",
        absent="Audio file is required",
    )


class VoicePatch(NullIsAbsent, VoiceAbout):
    """The body of PATCH /voices/{id}."""

    def validate_title(self, title: str) -> str:
        """A voice keeps a name."""
        if not title:
            raise worded("Title must not be empty")
        return title


class WorkspacePatch(NullIsAbsent):
    """The body of PATCH /workspace."""

    defaultLanguage = _language(
        "What texts are spoken in where neither the request nor the voice names a language; an"
        " empty string has it found from the text again.",
        allow_blank=True,
    )

    def validate_defaultLanguage(self, written: str) -> str:  # noqa: N802 - DRF's naming
        """Refuse a language that the engine does not speak."""
        return _tag_of(written) if written else ""


class PageInput(serializers.Serializer[Any]):
    """Which page of a list."""

    page = QueryWhole(min_value=1, max_value=1_000_000, default=1)
    limit = QueryWhole(min_value=1, max_value=100, default=20)
    sortOrder = Choice(("asc", "desc"), default="desc")
    status = Choice(STATUSES, required=False)


class VoicesInput(PageInput):
    """The query of GET /voices."""

    type = Choice((VoiceType.USER, VoiceType.SYSTEM), required=False)
    sortBy = Choice(tuple(SORT_FIELDS), default="createdAt")


class SpeechesInput(PageInput):
    """The query of GET /tts."""

    voiceId = Text(max_length=64, required=False)


class LedgerInput(serializers.Serializer[Any]):
    """The query of GET /credits/ledger."""

    cursor = QueryWhole(
        min_value=1, max_value=2**53, required=False, help_text="nextCursor of the page before"
    )
    limit = QueryWhole(min_value=1, max_value=100, default=20)
    format = Choice(("json", "csv"), default="json")
