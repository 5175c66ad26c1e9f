"""Which script a text is in, and which languages are written in it."""

import unicodedata
from collections import Counter

LATIN = "LATIN"
JAPANESE = "HIRAGANA"
_KANA = (JAPANESE, "KATAKANA")
_KANA_SHARE = 0.1  # of kana and Han together; Chinese quotes a word, Japanese lives on it

WRITTEN_IN = {
    "ARABIC": ("ar", "fa", "ur", "sd", "ug", "ps", "sdh"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn", "as"),
    "BOPOMOFO": ("zh",),
    "CHEROKEE": ("chr",),
    "CJK": ("zh", "yue"),
    "CYRILLIC": ("ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "tt", "ba", "tg", "mn"),
    "DEVANAGARI": ("hi", "mr", "ne", "kok"),
    "ETHIOPIC": ("am",),
    "GEORGIAN": ("ka",),
    "GREEK": ("el",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    JAPANESE: ("ja",),
    "KANNADA": ("kn",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MALAYALAM": ("ml",),
    "MYANMAR": ("my",),
    "ORIYA": ("or",),
    "SINHALA": ("si",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAI": ("th",),
    "TIBETAN": ("dz",),
}
"""The languages of each script but the Latin one, the usual one of each first. Sanskrit is left
out: it shares its words with what is spoken today.

Detected languages that are not listed are written in Latin letters.
"""

NOT_LATIN = frozenset(language for languages in WRITTEN_IN.values() for language in languages)
_ALSO_WRITTEN_IN = {
    "ja": {JAPANESE, "CJK"},
    "zh": {"CJK", "BOPOMOFO"},
    "yue": {"CJK"},
    "ko": {"HANGUL", "CJK"},
    "grc": {"GREEK"},
    "hyw": {"ARMENIAN"},
    "bpy": {"BENGALI"},
    "cv": {"CYRILLIC"},
    "nog": {"CYRILLIC"},
    "ti": {"ETHIOPIC"},
    "shn": {"MYANMAR"},
    "sr": {"CYRILLIC", LATIN},
    "kk": {"CYRILLIC", "ARABIC", LATIN},
    "ky": {"CYRILLIC", "ARABIC", LATIN},
    "tt": {"CYRILLIC", LATIN},
    "uz": {"CYRILLIC", "ARABIC", LATIN},
    "az": {"CYRILLIC", "ARABIC", LATIN},
    "ku": {"ARABIC", LATIN},
    "pa": {"GURMUKHI", "ARABIC"},
    "sd": {"ARABIC", "DEVANAGARI"},
    "kok": {"DEVANAGARI", "KANNADA", LATIN},
}


def script_of(text: str) -> str | None:
    """Return the script that most letters of ``text`` are in; None for one without letters.

    It is the first word of the letters' Unicode names. Kana and Han together are Japanese.
    """
    scripts = Counter(
        unicodedata.name(letter, "").split(" ")[0].split("-")[0]
        for letter in unicodedata.normalize("NFKC", text)
        if letter.isalpha()
    )
    kana = sum(scripts[script] for script in _KANA)
    if kana and kana >= _KANA_SHARE * (kana + scripts["CJK"]):
        scripts[JAPANESE] += scripts.pop("CJK", 0) + scripts.pop("KATAKANA", 0)
    if not scripts.total():
        return None
    return max(scripts, key=lambda script: (scripts[script], script))


def is_written_in(language: str, script: str) -> bool:
    """Whether a language, such as ``de``, is written in a script of :func:`script_of`."""
    also = _ALSO_WRITTEN_IN.get(language)
    if also is not None:
        return script in also
    if language in NOT_LATIN:
        return language in WRITTEN_IN.get(script, ())
    return script == LATIN
