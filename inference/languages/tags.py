"""Language tags that mean the same, and the part of a tag that an engine knows."""

SYNONYMS = {"nb": "no", "nn": "no", "iw": "he", "cmn": "zh", "fil": "tl", "zsm": "ms", "in": "id"}
"""Other codes for a language, for engines that list only one of them."""


def primary(tag: str) -> str:
    """Return the language of a tag, such as ``de`` of ``de-at``."""
    return tag.partition("-")[0]


def known_part(tag: str, spoken: frozenset[str]) -> str | None:
    """Return the longest beginning of ``tag`` that is in ``spoken``: ``de`` for ``de-at``."""
    while tag:
        if tag in spoken:
            return tag
        tag = tag.rpartition("-")[0]
    return None
