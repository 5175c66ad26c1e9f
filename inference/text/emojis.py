"""Emoji, by their CLDR short names in the languages that the ``emoji`` package has."""

import re
from functools import lru_cache
from typing import Final

import emoji

from inference.text.names import KANA

KEYCAP: Final = re.compile("([0-9#*])\ufe0f?\u20e3")
_SKIN: Final = re.compile("[\U0001f3fb-\U0001f3ff]")
_KANJI: Final = re.compile("[\u4e00-\u9fff]")
_PUNCTUATION: Final = frozenset("‼⁉〰")


@lru_cache(maxsize=1)
def pattern() -> re.Pattern[str]:
    """Return what matches an emoji, and the same one again and again after it."""
    known = [
        sequence
        for sequence in sorted(emoji.EMOJI_DATA, key=len, reverse=True)
        if not sequence[0].isascii() and sequence[0] not in _PUNCTUATION
    ]
    firsts = "".join(sorted({sequence[0] for sequence in known}))
    return re.compile(
        f"(?=[{firsts}])({'|'.join(map(re.escape, known))})\ufe0f?(?:\\s*\\1\ufe0f?)*"
    )


def spoken(match: re.Match[str], language: str) -> str:
    """Return the name of a matched emoji; a space where ``language`` has none for it."""
    return f" {_name(match[1], language)} "


@lru_cache(maxsize=1 << 12)
def _name(sequence: str, language: str) -> str:
    if language == KANA:
        japanese = _name(sequence, "ja")
        return _name(sequence, "en") if _KANJI.search(japanese) else japanese
    if language not in emoji.LANGUAGES:
        return ""
    emoji.config.load_language(language)
    plain = _SKIN.sub("", sequence) or sequence  # a skin tone is not read
    for known in (plain, sequence):
        name = emoji.EMOJI_DATA.get(known, {}).get(language)
        if name:
            return " ".join(str(name).strip(":").replace("_", " ").split())
    return ""
