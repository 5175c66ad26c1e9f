"""Public ids: 25 characters, URL-safe, beginning with ``c``, and roughly in order of time.

The order keeps index pages warm when rows are inserted; the 16 random characters
(82 bits) keep an id from being guessed.
"""

import secrets
import time

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_TIME_CHARS = 8
_RANDOM_CHARS = 16
ID_LENGTH = 1 + _TIME_CHARS + _RANDOM_CHARS


def new_id() -> str:
    """Return a fresh id."""
    moment = time.time_ns() // 1_000_000
    head = ""
    for _ in range(_TIME_CHARS):
        moment, digit = divmod(moment, 36)
        head = _ALPHABET[digit] + head
    tail = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARS))
    return f"c{head}{tail}"
