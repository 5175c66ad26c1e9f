from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Return a moment as the API writes it: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )


def iso_or_none(moment: datetime | None) -> str | None:
    """Return :func:`iso` of a moment, or None."""
    return None if moment is None else iso(moment)
