"""A speech's audio as every dialect hands it out."""

from inference.audio.encode import content_type
from speech.models import Speech
from voiceclone.files import SharedFile, signed_url


def speech_audio_url(speech: Speech) -> str | None:
    """Return the signed address of a speech's audio; None until there is any."""
    if not speech.audio_name:
        return None
    kind = content_type(speech.format, speech.sample_rate)
    return signed_url(SharedFile(speech.audio_name, kind, speech.made_by))
