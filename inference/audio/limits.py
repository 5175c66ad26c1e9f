"""How long a recording may be."""

from inference.audio.errors import AudioError


def check_duration(duration: float, *, minimum: float, maximum: float) -> None:
    """Refuse a recording of ``duration`` seconds outside ``minimum`` to ``maximum`` (inclusive).

    Raises AudioError ``TOO_SHORT`` or ``TOO_LONG``.
    """
    if duration < minimum:
        raise AudioError(
            "TOO_SHORT", f"The audio lasts {duration:.2f} s; at least {minimum:g} s are needed."
        )
    if duration > maximum:
        raise AudioError(
            "TOO_LONG", f"The audio lasts {duration:.2f} s; at most {maximum:g} s are allowed."
        )
