"""A language may be written as a code, a tag or a name, in any case."""

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engines.chatterbox.families import LANGUAGES
from inference.engines.espeak.languages import voices
from inference.languages.naming import MAX_TAG_CHARS, is_automatic, language_name, spoken_tag
from inference.languages.tags import known_part

ESPEAK = frozenset(voices())
NAMELESS = {"hbs", "piqd", "py", "qdb", "xex"}
"""Codes of espeak's own."""


@pytest.mark.parametrize(
    ("written", "tag"),
    {
        "fr_FR": "fr-fr", "en_US": "en-us", "EN": "en", "PT_BR": "pt-br",
        "zh_Hans_CN": "zh-hans-cn",
        "de-AT": "de-at", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr",
        "zho": "zh", "chi": "zh", "cmn": "cmn", "jpn": "ja", "gre": "el", "nor": "no", "fas": "fa",
        "eng-GB": "en-gb", "English": "en", "GERMAN": "de", "Deutsch": "de", "deutsch": "de",
        "Français": "fr", "francés": "fr", "Español": "es", "日本語": "ja", "中文": "zh",
        "русский": "ru", "Farsi": "fa", "Persian": "fa", "Mandarin": "cmn", "Cantonese": "yue",
        "Brazilian Portuguese": "pt-br", "Portuguese (Brazil)": "pt-br", "British English": "en-gb",
        "English (US)": "en-us", "English (United States)": "en-us", "Spanish (Mexico)": "es-mx",
        "Chinese (Simplified)": "zh-hans", "Simplified Chinese": "zh-hans", " German ": "de",
    }.items(),
)  # fmt: skip
def test_a_language_is_understood_as_people_write_it(written: str, tag: str) -> None:
    assert spoken_tag(written, ESPEAK) == tag


@pytest.mark.parametrize(
    "written",
    ["", " ", "e", "xx", "12", "7en", "?-en", "en-", "en--us", "tlh", "Klingon", "nonsense",
     "C", "x-foo", "x" * 5000, "a" * 60, "../en", "en\0", "de\n"[:2] + "\nfr"],
)  # fmt: skip
def test_what_is_no_language_or_is_not_spoken_is_none(written: str) -> None:
    assert spoken_tag(written, ESPEAK) is None


def test_each_language_goes_by_its_english_and_its_own_name() -> None:
    for code in sorted({tag.partition("-")[0] for tag in ESPEAK} - NAMELESS):
        language = langcodes.Language.get(code, normalize=False)
        for name in (language_name(code), language.autonym()):
            assert name is not None
            tag = spoken_tag(name, ESPEAK)
            assert tag is not None, name
            assert voices().get(tag) == voices().get(code), name


@pytest.mark.parametrize(
    ("written", "tag"),
    [("nb", "no"), ("Norwegian Bokmål", "no"), ("cmn", "zh"), ("Mandarin", "zh"), ("iw", "he")],
)
def test_another_code_finds_the_one_that_the_model_has(written: str, tag: str) -> None:
    assert spoken_tag(written, LANGUAGES) == tag


@pytest.mark.parametrize("written", ["yue", "Cantonese", "Czech", "cs_CZ"])
def test_a_language_that_the_model_lacks_is_none(written: str) -> None:
    assert spoken_tag(written, LANGUAGES) is None


@pytest.mark.parametrize("written", ["auto", "AUTO", "automatic", " detect "])
def test_the_language_may_be_asked_to_be_found(written: str) -> None:
    assert is_automatic(written)


@given(st.text(max_size=80) | st.from_regex(r"[a-zA-Z]{2,3}([-_][a-zA-Z0-9]{1,8}){0,6}"))
def test_whatever_is_written_gives_a_spoken_tag_that_can_be_stored_or_none(written: str) -> None:
    tag = spoken_tag(written, ESPEAK)
    assert tag is None or (known_part(tag, ESPEAK) and len(tag) <= MAX_TAG_CHARS)
