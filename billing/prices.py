"""The price book: the one place that says what things cost, in credits."""

import math

VOICE_CLONE = 1000
"""Credits for cloning one voice."""

CONVERSION_PER_SECOND = 15
"""Credits for each started second of audio converted to another voice."""


def speech(text: str) -> int:
    """Return the price of speaking ``text``: 1 credit per UTF-8 byte."""
    return len(text.encode())


def conversion(seconds: float) -> int:
    """Return the price of converting ``seconds`` of input audio."""
    return math.ceil(seconds) * CONVERSION_PER_SECOND
