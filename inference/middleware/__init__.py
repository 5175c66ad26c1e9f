"""Dramatiq middleware; one concern a file."""
