"""The one error that audio from outside can cause."""

from typing import Literal, TypeAlias

AudioErrorCode: TypeAlias = Literal[
    "UNSUPPORTED_FORMAT",  # not one of the containers we read
    "UNREADABLE",  # one of them, but damaged beyond use
    "NO_AUDIO",  # nothing at all, or readable without a single sample
    "SILENT",  # nothing can be heard in it
    "TOO_SHORT",
    "TOO_LONG",
    "BAD_BASE64",  # text that should have been base64 and is not
    "TOO_LARGE",  # more bytes than are taken, or more samples than are decoded
]


class AudioError(Exception):
    """A file cannot serve as audio; trying again with the same file will not help.

    ``code`` is stable and for programs, ``message`` is a sentence for the customer.
    """

    def __init__(self, code: AudioErrorCode, message: str) -> None:
        super().__init__(message)
        self.code: AudioErrorCode = code
        self.message = message


class CancelledError(Exception):
    """Nobody waits for the recording any more, so it was not decoded to its end."""
