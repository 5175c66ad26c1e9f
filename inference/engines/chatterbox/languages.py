"""Which of a model's languages a request means."""

from inference.engines.base import EngineError
from inference.languages.tags import SYNONYMS

_MOST_CHARS = {"zh": 60, "ja": 120, "ko": 120}
"""Characters in a piece where a character is a syllable, and takes several tokens."""


def language_of(tag: str | None, spoken: frozenset[str]) -> str:
    """Return the model's name of the language ``tag`` (BCP 47); English for None.

    Raises EngineError ``UNSUPPORTED_LANGUAGE``.
    """
    primary = (tag or "en").lower().replace("_", "-").partition("-")[0]
    language = SYNONYMS.get(primary, primary)
    if language not in spoken:
        raise EngineError(
            "UNSUPPORTED_LANGUAGE",
            f"This model does not speak {tag}; it speaks {', '.join(sorted(spoken))}.",
            retryable=False,
        )
    return language


def most_chars(language: str) -> int:
    """Return how many characters of ``language`` are spoken in one piece."""
    return _MOST_CHARS.get(language, 300)
