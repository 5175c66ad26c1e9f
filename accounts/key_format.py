"""The written form of an API key: ``vc_`` + lookup (12) + secret (32) + checksum (6).

The checksum (CRC-32 in base 62) lets a secret scanner, and our own front door, tell a
real key from a look-alike without asking the database.
"""

import secrets
import string
import zlib
from dataclasses import dataclass

_ALPHABET = string.digits + string.ascii_letters
PREFIX = "vc_"
LOOKUP_CHARS = 12
SECRET_CHARS = 32
_CHECKSUM_CHARS = 6
KEY_LENGTH = len(PREFIX) + LOOKUP_CHARS + SECRET_CHARS + _CHECKSUM_CHARS


@dataclass(frozen=True, slots=True)
class WrittenKey:
    """A key as its owner holds it."""

    lookup: str
    full: str


def _checksum(body: str) -> str:
    value = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECKSUM_CHARS):
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def make_key() -> WrittenKey:
    """Return a fresh key; its secret carries 190 bits."""
    lookup = "".join(secrets.choice(_ALPHABET) for _ in range(LOOKUP_CHARS))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_CHARS))
    body = f"{PREFIX}{lookup}{secret}"
    return WrittenKey(lookup=lookup, full=body + _checksum(body))


def parse_key(written: str) -> WrittenKey | None:
    """Return the parts of a well-formed key, or ``None`` for anything else."""
    if len(written) != KEY_LENGTH or not written.startswith(PREFIX) or not written.isascii():
        return None
    body = written[:-_CHECKSUM_CHARS]
    if not secrets.compare_digest(_checksum(body), written[-_CHECKSUM_CHARS:]):
        return None
    return WrittenKey(lookup=written[len(PREFIX) : len(PREFIX) + LOOKUP_CHARS], full=written)
