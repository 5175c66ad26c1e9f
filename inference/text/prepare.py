"""A text as every engine is given it; the rules are in docs/text.md."""

import re
import unicodedata
from typing import Final

from inference.audio.split import Piece, split_spans
from inference.text import currency, emojis, markup
from inference.text.characters import Rule, reading_of
from inference.text.names import ENGLISH_FRACTIONS, KANA
from inference.text.traced import Traced

_OTHER_NAMES: Final = {"cmn": "zh", "yue": "zh", "nb": "no", "nn": "no", "iw": "he", "in": "id"}

# Joiners shape letters of these scripts; elsewhere they are invisible.
_SHAPED: Final = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"
_JOINER: Final = re.compile(
    rf"(?<![{_SHAPED}])[\u200c\u200d]+|[\u200c\u200d]+(?![{_SHAPED}])|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
# ASCII, and what most alphabets are made of, needs no look at each character.
_ODD: Final = re.compile(r"[^\n\t -~¡¿À-ÖØ-öø-ıĴ-ľŁ-ňŊ-žЀ-џא-תぁ-ヿ一-鿿가-힣\u200c\u200d]")
_HALF_KANA: Final = re.compile("[\uff66-\uff9f]+")
_MARKED: Final = re.compile(
    r"(?:[^\W_]|[\u1100-\u11ff])[\u0300-\u036f\u0591-\u05c7\u0653-\u0655\u1100-\u11ff\u3099\u309a\u0900-\u0dff\u1000-\u109f]+"
)
_CANONICAL: Final = re.compile(
    "[\u0340-\u0387\u0958-\u0dde\u0f43-\u0fb9\u1f71-\u1fff\u2000-\u232a\uf900-\ufaff\ufb1d-\ufb4f\U0001109a-\U0002fa1d]"
)
_LONE_MARK: Final = re.compile(
    r"(?:(?<=\s)|^)[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u3099\u309a]+"
)
_PILED: Final = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")


_MATHEMATICAL: Final = re.compile("[\u03f6\u0606-\u0608\u2190-\u2bff\ufb29\U0001d6c1-\U0001eef1]")


def language_code(tag: str | None) -> str:
    """Return the two letters, or three, of a BCP 47 tag; English without one.

    ``ja-Hrkt`` (Japanese in kana alone) stays, for engines that cannot read kanji.
    """
    tag = (tag or "en").lower().replace("_", "-")
    if tag == KANA:
        return tag
    primary = tag.partition("-")[0]
    return _OTHER_NAMES.get(primary, primary)


def prepared(text: str, language: str | None) -> Traced:
    """Return ``text`` as an engine is to read it in ``language`` (a BCP 47 tag).

    Never raises; what is prepared stays as it is when it is prepared again.
    """
    code = language_code(language)
    traced = Traced.of(text).sub(emojis.KEYCAP, lambda match: f" {match[1]} ")
    if not traced.text.isascii():
        traced = traced.sub(emojis.pattern(), lambda match: emojis.spoken(match, code))
        traced = traced.sub(_JOINER, lambda _: "")
        traced = traced.sub(_HALF_KANA, lambda match: unicodedata.normalize("NFKC", match[0]))
    traced = traced.sub(_ODD, lambda match: _character(match, code))
    if not traced.text.isascii():
        for pattern in (_CANONICAL, _MARKED):
            traced = traced.sub(pattern, lambda match: unicodedata.normalize("NFC", match[0]))
        traced = traced.sub(_PILED, lambda match: match[1]).sub(_LONE_MARK, lambda _: "")
    traced = traced.sub(markup.TAG, markup.without_tag)
    traced = traced.sub(currency.PATTERN, lambda match: currency.spoken(match, code))
    if code == "en" and not traced.text.isascii():
        traced = traced.sub(_MATHEMATICAL, _symbol)
    traced = traced.sub(markup.OPERATOR, lambda match: markup.operator(match, code))
    return traced.sub(markup.SIGNS, lambda _: " ")


def prepared_pieces(
    text: str, language: str | None, max_chars: int = 300, *, max_words: int | None = None
) -> list[Piece]:
    """Return the pieces of ``text``, prepared for ``language``, that are spoken one at a time.

    Their ``text_bytes`` are those of ``text`` as it was sent and add up to all of them. There
    are none where nothing is left to speak. Limits are those of :func:`split_spans`.
    """
    traced = prepared(text, language)
    spans = [
        span
        for span in split_spans(traced.text, max_chars, max_words=max_words)
        if traced.text[span[0] : span[1]].strip()
    ]
    sizes = traced.bytes_of(spans)
    return [
        Piece(" ".join(traced.text[start:stop].split()), size)
        for (start, stop), size in zip(spans, sizes, strict=True)
    ]


def plain(text: str) -> str:
    """Return ``text`` with each character read alone: enough to tell its language from."""
    return "".join(char if char.isascii() else reading_of(char)[0] for char in text)


def has_words(text: str) -> bool:
    """Return whether there is a letter or a number in a prepared ``text``."""
    return any(char.isalnum() for char in text)


def _symbol(match: re.Match[str]) -> str:
    char = match.group()
    if reading_of(char)[1] is not Rule.SYMBOL:
        return char
    return f" {unicodedata.name(char).lower().replace('-', ' ')} "


def _character(match: re.Match[str], language: str) -> str:
    """Return the reading of one character; a number or a word of its own stands alone."""
    char, text = match.group(), match.string
    new, rule = reading_of(char)
    if rule is Rule.NUMERAL or (rule is Rule.COMPATIBILITY and len(new) > 1 and new[0].isdigit()):
        if language == "en":
            new = ENGLISH_FRACTIONS.get(new, new)
        ahead = text[: match.start()][-1:]
        behind = text[match.end() : match.end() + 1]
        new = f"{' ' if ahead.isalnum() else ''}{new}{' ' if behind.isalnum() else ''}"
    return new
