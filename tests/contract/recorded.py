import io
import wave
from functools import cache

_RATE = 8000


@cache
def lasting(seconds: float) -> bytes:
    """Return a WAV of that length, small for it."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(_RATE)
        file.writeframes(b"\x80" * round(seconds * _RATE))
    return written.getvalue()
