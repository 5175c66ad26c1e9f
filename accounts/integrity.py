"""Telling which rule the database refused to break."""

from django.db import IntegrityError


def broken_rule(error: IntegrityError) -> str:
    """Return the name of the constraint that ``error`` is about, or what SQLite says instead."""
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or ""
    return str(error).rpartition(": ")[2]
