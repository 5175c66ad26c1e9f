"""Finds the language of a text, among those that an engine speaks."""

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from inference.languages.naming import language_name
from inference.languages.scripts import LATIN, NOT_LATIN, WRITTEN_IN, is_written_in, script_of
from inference.languages.tags import SYNONYMS, known_part, primary

FALLBACK = "en-us"
"""What a text is spoken as whose language does not show, where no default was set."""

CONFIDENT = 0.5
"""The share of the probability from which a language counts as found."""

CERTAIN = 0.9
"""The share from which text in a language that is not spoken is refused, although the fallback
is written in the same script."""

_MEANS = {"nn": "no", "ary": "ar", "arz": "ar", "hbo": "he", "gom": "kok", "gug": "gn", "wuu": "zh"}
"""Labels of the detector for varieties that engines do not tell apart."""

_NO_LANGUAGE = "zxx"


class UnspokenLanguageError(Exception):
    """A text is in a language, or a script, that the engine does not speak."""

    def __init__(self, what: str) -> None:
        self.message = (
            f"The text looks like {what}, which is not spoken here."
            " If it is another language, name it in the request."
        )
        super().__init__(self.message)


def language_of(text: str, spoken: frozenset[str], default: str = "") -> str:
    """Return the language to speak ``text`` in, a tag that is in ``spoken`` or begins so.

    It is ``default`` where one is given, unless the text is in another script than that. Else
    it is found from the text; a text that is too short or too ambiguous is in ``FALLBACK``, or
    in the usual language of its script.

    Raises UnspokenLanguageError.
    """
    script = script_of(text)
    if default and (script is None or is_written_in(primary(default), script)):
        return default
    fallback = _spelled(FALLBACK, spoken) or min(spoken)
    if script is None:
        return fallback
    has_fallback = is_written_in(primary(fallback), script)
    found = _found(text, script, spoken, refused_from=CERTAIN if has_fallback else CONFIDENT)
    if found is None and has_fallback:
        return fallback
    found = found or _usual(script, spoken)
    return fallback if primary(found) == primary(fallback) else found


def _found(text: str, script: str, spoken: frozenset[str], *, refused_from: float) -> str | None:
    """Return the language that a text is probably in; None where that does not show."""
    languages = WRITTEN_IN.get(script, ())
    if script != LATIN and len(languages) < 2:  # noqa: PLR2004 - nothing to choose between
        return None
    shares = _shares(text, script)
    best = max(shares, key=lambda language: (shares[language], language))
    tag = _spelled(best, spoken)
    if tag is not None or best == _NO_LANGUAGE:
        return tag if shares[best] >= CONFIDENT else None
    if shares[best] >= refused_from:
        raise UnspokenLanguageError(language_name(best) or best)
    among = {language: share for language, share in shares.items() if _spelled(language, spoken)}
    best = max(among, key=lambda language: (among[language], language), default="")
    return _spelled(best, spoken) if among.get(best, 0.0) >= CONFIDENT else None


def _usual(script: str, spoken: frozenset[str]) -> str:
    for language in WRITTEN_IN.get(script, ()):
        tag = _spelled(language, spoken)
        if tag is not None:
            return tag
    languages = WRITTEN_IN.get(script, ())
    name = language_name(languages[0]) if languages else None
    raise UnspokenLanguageError(name or f"{script.capitalize()} script")


def _shares(text: str, script: str) -> dict[str, float]:
    """Return how probable each language of ``script`` is, all together 1."""
    shares: dict[str, float] = {}
    for label, probability in _detector().rank(text):
        language = _MEANS.get(label, label)
        usual = language not in NOT_LATIN if script == LATIN else language in WRITTEN_IN[script]
        if usual:
            shares[language] = shares.get(language, 0.0) + probability
    total = sum(shares.values())
    return {language: share / total for language, share in shares.items()}


def _spelled(language: str, spoken: frozenset[str]) -> str | None:
    """Return the tag that stands for a language among those spoken, or None."""
    for tag in (language, SYNONYMS.get(language, "")):
        if known_part(tag, spoken):
            return tag
    return None


@lru_cache(maxsize=1)
def _detector() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
