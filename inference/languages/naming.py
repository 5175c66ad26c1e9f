"""Understands a language as people write it: a code, a tag, or a name in some language."""

import re
from functools import lru_cache

import langcodes
from langcodes.tag_parser import LanguageTagError

from inference.languages.tags import SYNONYMS, known_part, primary

MAX_CHARS = 60
"""The longest name or tag that is looked at."""

MAX_TAG_CHARS = 20
"""The longest tag that is returned; a longer one is cut to the part that the engine knows."""

AUTOMATIC = frozenset({"auto", "automatic", "detect"})
"""What people write to have the language found from the text."""

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*\Z")
_WITH_REGION = re.compile(r"(.+?)\s*\((.+)\)\Z")


def is_automatic(written: str) -> bool:
    """Whether ``written`` asks for the language to be found from the text."""
    return written.strip().casefold() in AUTOMATIC


@lru_cache(maxsize=2048)
def spoken_tag(written: str, spoken: frozenset[str]) -> str | None:
    """Return the lower-case BCP 47 tag of the language that ``written`` means.

    It may be an ISO 639 code of two or three letters, a tag with ``-`` or ``_``, or the
    language's name in English, in itself or in another language, in either case. The tag is one
    that an engine with the languages ``spoken`` speaks, perhaps without its region; None where
    there is no such language.
    """
    written = written.strip()
    if not written.isprintable() or not 0 < len(written) <= MAX_CHARS:
        return None
    tag = written.lower().replace("_", "-")
    if _TAG.match(tag):
        return _of_tag(tag, spoken)
    named = _named(written)
    return None if named is None else _of_tag(named.lower(), spoken)


def language_name(tag: str) -> str | None:
    """Return the English name of a tag, such as ``German (Austria)`` for ``de-at``, or None."""
    try:
        language = langcodes.Language.get(tag, normalize=False)
    except LanguageTagError:
        return None
    name = str(language.display_name("en"))
    return None if name.startswith("Unknown") or not language.is_valid() else name


def _of_tag(tag: str, spoken: frozenset[str]) -> str | None:
    for candidate in _spellings(tag):
        known = known_part(candidate, spoken)
        if known is not None:
            return candidate if len(candidate) <= MAX_TAG_CHARS else known
    return None


def _spellings(tag: str) -> list[str]:
    """Return ``tag`` and what else it is called, such as ``fr-ca`` for ``fra-ca``."""
    found = [tag]
    try:
        found.append(langcodes.standardize_tag(tag).lower())
    except LanguageTagError:
        return found
    for one in tuple(found):
        other = SYNONYMS.get(primary(one))
        if other is not None:
            found.append(other + one[len(primary(one)) :])
    return found


def _named(written: str) -> str | None:
    """Return the tag of a language's name, such as ``Deutsch`` or ``Portuguese (Brazil)``."""
    with_region = _WITH_REGION.match(written)
    if with_region is None:
        return _found(written)
    name, region = with_region.groups()
    return _found(f"{region} {name}") or _with_territory(name, region) or _found(name)


def _with_territory(name: str, region: str) -> str | None:
    language = _found(name)
    try:
        territory = langcodes.Language.find_name("territory", region).territory
    except LookupError:
        return None
    return None if language is None or territory is None else f"{language}-{territory}"


def _found(name: str) -> str | None:
    try:
        return str(langcodes.find(name).to_tag())
    except LookupError:
        return None
