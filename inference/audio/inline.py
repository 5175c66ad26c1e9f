"""Audio that comes as base64 inside a request."""

import binascii
import re
import string
from typing import Final

from inference.audio.errors import AudioError

_DATA_URL: Final = re.compile(r"data:([^,]{0,200}),", re.IGNORECASE)
_ALPHABET: Final = (string.ascii_letters + string.digits + "+/=").encode()
_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_MOST_PADDING: Final = 2


def inline_audio(text: str, *, max_bytes: int) -> bytes:
    """Return the file that ``text`` holds as base64 (RFC 4648), of at most ``max_bytes``.

    A ``data:`` URL's head may stand before it, white space anywhere in it, and the alphabet
    may be the standard or the URL-safe one; padding is needed. The size is checked before
    anything is decoded. Raises AudioError ``BAD_BASE64``, ``TOO_LARGE`` or, for nothing at
    all, ``NO_AUDIO``.
    """
    data = _letters(_without_head(text))
    if not data:
        raise AudioError("NO_AUDIO", "The audio is empty.")
    size = len(data) * 3 // 4 - data[-2:].count(b"=")
    if size > max_bytes:
        raise AudioError(
            "TOO_LARGE", f"The audio has {size} bytes; at most {max_bytes} bytes are allowed."
        )
    data = data.translate(_TO_STANDARD)
    if data.translate(None, delete=_ALPHABET):
        raise _foreign()
    letters = data.rstrip(b"=")
    if len(data) % 4 or len(data) - len(letters) > _MOST_PADDING or b"=" in letters:
        raise AudioError(
            "BAD_BASE64",
            "Incorrect padding: the audio is not valid base64. Its length must be a multiple "
            "of 4 characters, with = at the end only.",
        )
    return binascii.a2b_base64(data)


def _without_head(text: str) -> str:
    text = text.lstrip(string.whitespace)
    found = _DATA_URL.match(text)
    if not found:
        return text
    if not found[1].rstrip().lower().endswith(";base64"):
        raise AudioError("BAD_BASE64", "The audio's data URL does not say that it is base64.")
    return text[found.end() :]


def _letters(text: str) -> bytes:
    try:
        return b"".join(text.encode("ascii").split())
    except UnicodeEncodeError:
        raise _foreign() from None


def _foreign() -> AudioError:
    return AudioError(
        "BAD_BASE64", "The audio is not valid base64: it has characters that base64 has not."
    )
