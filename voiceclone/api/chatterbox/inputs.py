"""What the Chatterbox dialect takes: every field with its default and its bounds."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from inference.fetch.errors import FetchError
from inference.fetch.target import read_target
from inference.languages.naming import MAX_CHARS
from inference.languages.tags import primary
from speech.models import SpeechFormat
from speech.operations import SpeechRequest
from voiceclone.api.chatterbox.sentences import worded
from voiceclone.api.fields import Choice, NullIsAbsent, Number, Text, says_something
from voices.languages import asked_language

MAX_TEXT_CHARS = 5000
MAX_ID_CHARS = 255
MAX_URL_CHARS = 2000
"""What the rows have room for."""
ENGLISH = "english"
MULTILINGUAL = "multilingual"
MODEL_TYPES = (ENGLISH, MULTILINGUAL)


def asked_id(body: Any) -> str | None:
    """Return the ``id`` that a request brings, however wrong the rest of it is; else None."""
    sent = body.get("id") if isinstance(body, dict) else None
    form = _Id(data={"id": sent})
    return form.validated_data["id"] if form.is_valid() else None


def _id() -> Text:
    return Text(
        max_length=MAX_ID_CHARS,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="A name of your own for the request; the answer and the webhook repeat it.",
    )


class _Id(serializers.Serializer[Any]):
    id = _id()


def _address(url: str, name: str) -> str:
    """Refuse what the guarded client would refuse, as far as that shows without a look-up."""
    try:
        read_target(url, allowed=settings.ALLOWED_FETCH_HOSTS)
    except FetchError as error:
        raise worded(f"'{name}' is not acceptable: {error.message}") from error
    return url


class SpeechInput(NullIsAbsent):
    """The body of POST /text-to-speech."""

    text = Text(
        trim_whitespace=False,
        max_length=MAX_TEXT_CHARS,
        help_text="What to say. Each byte of it in UTF-8 costs 1 credit.",
    )
    language = Text(
        max_length=MAX_CHARS,
        required=False,
        allow_null=True,
        help_text="The language of the text, of those that the engine speaks: a BCP 47 tag, an ISO"
        " 639 code or a name, such as `de`, `pt_BR` or `French`. Left out or null, it is English"
        " where `model_type` is `english`, else the workspace's, or found from the text.",
    )
    model_type = Choice(
        MODEL_TYPES,
        required=False,
        help_text="`english` speaks English only. Left out it is `english` for English and"
        " `multilingual` for any other language.",
    )
    emotion_intensity = Number(
        min_value=0.0, max_value=2.0, default=1.0, help_text="How much feeling is put into it."
    )
    webhook_url = Text(
        max_length=MAX_URL_CHARS,
        required=False,
        trim_whitespace=False,
        help_text="Where the result is sent. With it the answer is 202 at once.",
    )
    id = _id()

    def validate_text(self, text: str) -> str:
        """Refuse text that has nothing to say."""
        if not says_something(text):
            raise serializers.ValidationError("", code="blank")
        return text

    def validate_language(self, written: str | None) -> str:
        """Refuse a language that the engine does not speak."""
        language = "" if written is None else asked_language(written)
        if language is None:
            raise worded("'language' is not one of the supported languages")
        return language

    def validate_webhook_url(self, url: str) -> str:
        """Refuse a URL that we would never call."""
        return _address(url, "webhook_url")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse fields that do not exist, and English models for other languages."""
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            were = "were" if len(unknown) > 1 else "was"
            named = ", ".join(f"'{_shown(name)}'" for name in unknown[:5])
            raise worded(f"Additional properties are not allowed ({named} {were} unexpected)")
        if attrs.get("model_type") == ENGLISH:
            attrs["language"] = attrs.get("language") or "en"
            if primary(attrs["language"]) != "en":
                raise worded("'language' must be 'en' where 'model_type' is 'english'")
        return attrs

    def wanted(self) -> SpeechRequest:
        """Return the validated request as the domain takes it: WAV at 24 kHz."""
        data = self.validated_data
        return SpeechRequest(
            text=data["text"],
            format=SpeechFormat.WAV,
            language=data.get("language", ""),
            exaggeration=data["emotion_intensity"] / 2,
        )


class CloningInput(SpeechInput):
    """The body of POST /voice-cloning."""

    voice_audio_url = Text(
        max_length=MAX_URL_CHARS,
        trim_whitespace=False,
        help_text="Where a recording of the voice lies: any common audio format, at least 1"
        " second (3 to 30 are best), at most 20 MB; 30 seconds of speech are used,"
        " for this request only.",
    )
    model_type = Choice(
        MODEL_TYPES,
        default=MULTILINGUAL,
        help_text="`english` speaks English only.",
    )

    def validate_voice_audio_url(self, url: str) -> str:
        """Refuse a URL that we would never fetch."""
        return _address(url, "voice_audio_url")


def _shown(name: str) -> str:
    """Return the beginning of a field's name as it can be written into an answer."""
    return "".join(mark if mark.isprintable() else "�" for mark in name[:40])
