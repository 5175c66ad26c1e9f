"""Which of espeak's voices reads which part of a text: a voice knows only its own scripts.

A voice spells the letters of another script one by one, by number or as "Chinese letter". Runs
in such a script are read by a voice that knows it; letters that none knows are left out.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from inference.engines.espeak.languages import voices

_CYRILLIC: Final = "ba be bg bs cv hr kk ky mk nog ru ru-LV ru-cl sr tt uk uz"
_DEVANAGARI: Final = "hi kok mr ne"
_READERS: Final = {
    "ARABIC": "ar fa fa-Latn sd ug ur",
    "ARMENIAN": "hy hyw",
    "BENGALI": "bn as bpy",
    "BOPOMOFO": "cmn",
    "CJK": "cmn yue cmn-Latn-pinyin",
    "CYRILLIC": f"ru {_CYRILLIC}",
    "DEVANAGARI": _DEVANAGARI,
    "ETHIOPIC": "am ti",
    "GEORGIAN": "ka",
    "GREEK": "el grc",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KANNADA": "kn",
    "KATAKANA": "ja",
    "MALAYALAM": "ml",
    "MYANMAR": "my shn",
    "ORIYA": "or",
    "SINHALA": "si",
    "TAMIL": "ta",
    "TELUGU": "te",
    "THAI": "th",
}
"""The voices that read a script; the first one reads it for all the others."""

_SPELLS_LATIN: Final = frozenset(["ba", "cv", "hyw", "ja", "kok", "ky", "my", "nog", "shn", "ti"])
"""Voices that spell Latin words, although they switch to English for other Latin text."""

_LATIN_READER: Final = "en-US"
_SAME: Final = {"KATAKANA-HIRAGANA": "KATAKANA", "IDEOGRAPHIC": "CJK", "KANGXI": "CJK"}
_ANY: Final = {"", "MODIFIER", "COMBINING", "FEMININE", "MASCULINE", "MICRO", "VARIATION"}
"""First words of names that tell no script."""
_JAPANESE: Final = "ja"
_MOST_UNREAD: Final = 0.1  # of the letters of a text; with more its sense is lost


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that one voice reads."""

    voice: str
    text: str


def names_in(voice: str) -> str:
    """Return the language in which ``voice`` reads the names of signs, as a BCP 47 tag."""
    return "ja-Hrkt" if voice == _JAPANESE else voice


def runs_of(text: str, voice: str) -> list[Run]:
    """Return prepared ``text`` as what each voice reads of it, without unreadable letters."""
    kanji = _has_kana(text)
    runs: list[Run] = []
    pending, current = "", voice
    for char in text:
        reader = _reader(char, voice, kanji=kanji)
        if reader == "":
            char, reader = " ", None  # noqa: PLW2901
        if reader is not None and reader != current:
            if pending.strip():
                runs.append(Run(current, pending.strip()))
            pending, current = "", reader
        pending += char
    if pending.strip():
        runs.append(Run(current, pending.strip()))
    return [run for run in runs if any(char.isalnum() for char in run.text)] or runs[:1]


def unread(text: str, voice: str) -> str:
    """Return the first letter that keeps prepared ``text`` from being read by ``voice``, or none.

    That is the case where none of its letters and digits can be read, or more than a tenth of
    its letters cannot.
    """
    letters = [char for char in text if char.isalpha()]
    kanji = _has_kana(text)
    missing = [char for char in letters if _reader(char, voice, kanji=kanji) == ""]
    if not missing:
        return ""
    return missing[0] if len(missing) > _MOST_UNREAD * len(letters) else ""


def _has_kana(text: str) -> bool:
    """Say whether ``text`` is Japanese, so that its Han characters are not Chinese."""
    return any("\u3040" <= char <= "\u30ff" for char in text)


@lru_cache(maxsize=1 << 14)
def _reader(char: str, voice: str, *, kanji: bool) -> str | None:
    """Return the voice for ``char``: None for any, empty where none can read it.

    ``kanji`` says whether Han characters are Japanese, which no voice reads.
    """
    script = _script(char)
    if script in _ANY:
        return None
    if script == "LATIN":
        return _LATIN_READER if voice in _SPELLS_LATIN else voice
    readers = _readers(script)
    if voice in readers:
        return voice
    if not readers or (script == "CJK" and (kanji or voice == _JAPANESE)):
        return ""
    return readers[0]


def _script(char: str) -> str:
    if unicodedata.category(char)[0] not in "LM":
        return ""
    name = unicodedata.name(char, "").split(" ")[0]
    return _SAME.get(name, name.split("-")[0])


@lru_cache(maxsize=64)
def _readers(script: str) -> tuple[str, ...]:
    known = set(voices().values())
    return tuple(voice for voice in _READERS.get(script, "").split() if voice in known)
