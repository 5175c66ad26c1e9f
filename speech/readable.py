"""Whether a text can be read at all, known before it is paid for."""

from django.conf import settings

from inference.engines.registry import refusal_of


class NothingToSpeakError(Exception):
    """The engine cannot read the text; ``message`` says why, and nothing was charged."""

    code = "NO_SPEECH"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def check_readable(text: str, language: str) -> None:
    """Raise NothingToSpeakError for a text that the engine is known not to read."""
    refusal = refusal_of(settings.ENGINE, text, language or None)
    if refusal:
        raise NothingToSpeakError(refusal)
