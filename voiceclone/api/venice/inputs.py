"""What the Venice dialect takes: every parameter with its default and its bounds."""

from typing import Any

from rest_framework import serializers

from inference.audio.encode import Format
from inference.languages.naming import MAX_CHARS
from speech.operations import MAX_SEED, SpeechRequest
from voiceclone.api.fields import Choice, Flag, NullIsAbsent, Text, says_something
from voiceclone.api.venice.catalogue import CLONING_MODELS, MODELS, TYPES
from voiceclone.api.venice.complaints import worded
from voiceclone.api.venice.fields import (
    LenientChoice,
    LenientNumber,
    LenientWhole,
    VoiceField,
    model_field,
)
from voiceclone.api.venice.voice_names import DEFAULT_VOICE
from voices.languages import asked_language

MAX_INPUT_CHARS = 4096
MAX_FILE_BYTES = 25 * 1024 * 1024
FORMATS: tuple[Format, ...] = ("mp3", "opus", "aac", "flac", "wav", "pcm")
_BLANK = "Invalid 'input': there is nothing in it to say."


class SpeechBody(NullIsAbsent):
    """The body of POST /audio/speech. Fields that are not known are passed over."""

    model = model_field(tuple(model.id for model in MODELS))(
        max_length=80,
        required=False,
        help_text="One of `GET /models`; all of them mean the engine that is installed. A handle"
        " works with the model it was made for. Left out, any.",
    )
    input = Text(
        trim_whitespace=False,
        max_length=MAX_INPUT_CHARS,
        help_text="What to say. Each byte of it in UTF-8 costs 1 credit.",
    )
    voice = VoiceField(default=DEFAULT_VOICE)
    response_format = LenientChoice(
        FORMATS,
        default="mp3",
        help_text="`pcm` is signed 16-bit little-endian mono at 24 kHz, without a header.",
    )
    speed = LenientNumber(
        min_value=0.25, max_value=4.0, default=1.0, help_text="Tempo; the pitch stays."
    )
    temperature = LenientNumber(
        min_value=0.0, max_value=2.0, default=0.8, help_text="How much takes vary."
    )
    streaming = Flag(
        default=True,
        help_text="Send the audio as it is made. `false` sends it when it is whole, with its"
        " length; events come as they are made in any case.",
    )
    stream_format = LenientChoice(
        ("audio", "sse"), default="audio", help_text="`sse` sends the audio in server-sent events."
    )
    instructions = Text(
        max_length=MAX_INPUT_CHARS,
        required=False,
        allow_blank=True,
        help_text="Accepted, and without effect.",
    )
    seed = LenientWhole(
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text="The same seed gives the same take; made up where it is left out.",
    )
    language = Text(
        max_length=MAX_CHARS,
        required=False,
        help_text="A BCP 47 tag, an ISO 639 code or a name, such as `de`, `pt_BR` or `French`. Left"
        " out, it is the voice's, the workspace's, or found from the text. One that is not spoken"
        " is refused under `/v1`, and passed over under `/api/v1`.",
    )
    exaggeration = LenientNumber(
        min_value=0.0, max_value=1.0, default=0.5, help_text="How much feeling is put into it."
    )
    cfg_weight = LenientNumber(
        min_value=0.0, max_value=1.0, default=0.5, help_text="How closely the voice is kept to."
    )

    def validate_input(self, text: str) -> str:
        """Refuse text that has nothing to say."""
        if not says_something(text):
            raise worded(_BLANK)
        return text

    def validate_language(self, written: str) -> str:
        """Refuse a language that the engine does not speak, or pass over it as Venice does."""
        language = asked_language(written)
        if language is not None:
            return language
        if self.context.get("passes_over_languages"):
            return ""
        raise worded("Invalid 'language': it is not spoken here.")

    @property
    def is_live(self) -> bool:
        """Whether the audio is sent while it is made."""
        return bool(self.validated_data["streaming"]) or self.is_sse

    @property
    def is_sse(self) -> bool:
        """Whether the audio is sent in events."""
        return bool(self.validated_data["stream_format"] == "sse")

    def wanted(self) -> SpeechRequest:
        """Return the validated request as the domain takes it."""
        data = self.validated_data
        return SpeechRequest(
            text=data["input"],
            format=data["response_format"],
            language=data.get("language", ""),
            speed=data["speed"],
            seed=data.get("seed"),
            exaggeration=data["exaggeration"],
            cfg_weight=data["cfg_weight"],
            temperature=data["temperature"],
            live=self.is_live,
        )


class VoiceForm(serializers.Serializer[Any]):
    """The form of POST /audio/voices."""

    model = model_field(CLONING_MODELS)(max_length=80, help_text="A model that clones.")
    file = serializers.FileField(
        allow_empty_file=True,  # refused as no audio, in the words for that
        help_text="MP3, WAV, FLAC or M4A, at most 25 MB, at least 5 seconds; the first 30 seconds"
        " of speech are used.",
    )


class ModelsQuery(serializers.Serializer[Any]):
    """The query of GET /models."""

    type = Choice(TYPES, default="all", help_text="There are models of the type `tts` only.")
