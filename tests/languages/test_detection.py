"""The language of a text is found among those that an engine speaks, or is the default."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engines.chatterbox.families import LANGUAGES
from inference.engines.espeak.languages import voices
from inference.languages.detection import FALLBACK, UnspokenLanguageError, language_of
from inference.languages.tags import known_part
from tests.languages.sentences import SENTENCES, SHORT

ESPEAK = frozenset(voices())
ENGLISH = frozenset({"en"})
FOUND_AS = {"en": FALLBACK, "nb": "no"}
TAKEN_FOR_ANOTHER = {
    "Добро утро, как сте днес?": "ru",  # Bulgarian, and in so few words Serbian or Russian as well
    "God morgen, hvordan har du det?": "da",  # Norwegian, and Danish letter by letter
    "Dobro jutro, kako ste kaj?": FALLBACK,  # Slovenian, Croatian or Bosnian
}


def test_sentences_in_54_languages_are_told_apart_but_for_three_short_ones() -> None:
    assert len(SENTENCES) == 54
    wrong = {
        text: found
        for language, texts in SENTENCES.items()
        for text in texts
        if (found := language_of(text, ESPEAK)) != FOUND_AS.get(language, language)
    }
    assert wrong == TAKEN_FOR_ANOTHER


@pytest.mark.parametrize("spoken", [ESPEAK, LANGUAGES, ENGLISH], ids=["espeak", "many", "one"])
@pytest.mark.parametrize("text", SHORT)
def test_english_and_texts_too_short_to_tell_are_in_the_fallback(
    text: str, spoken: frozenset[str]
) -> None:
    assert language_of(text, spoken) == FALLBACK


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今天天气很好，我们说 OK", "zh"),  # noqa: RUF001 - Chinese
        ("我哋今日去咗買嘢", "yue"),
        ("カタカナ", "ja"),
        ("안녕하세요", "ko"),
        ("Привет, мир", "ru"),
        ("مرحبا", "ar"),
        ("שלום", "he"),
        ("नमस्ते", "hi"),
        ("Γειά", "el"),
        ("วัน", "th"),
        ("വണക്കം", "ml"),
        ("გამარჯობა", "ka"),
        ("ᏣᎳᎩ", "chr"),
    ],
)
def test_in_other_scripts_a_word_is_enough(text: str, language: str) -> None:
    assert language_of(text, ESPEAK) == language


@pytest.mark.parametrize("text", SHORT)
def test_a_default_comes_before_what_is_found(text: str) -> None:
    assert language_of(text, ESPEAK, default="fr-ca") == "fr-ca"
    assert language_of("Good morning, how are you today?", ESPEAK, default="fr-ca") == "fr-ca"


def test_a_default_is_passed_over_for_text_in_another_script() -> None:
    assert language_of("Доброе утро", ESPEAK, default="de") == "ru"
    assert language_of("Guten Morgen, wie geht es Ihnen?", ESPEAK, default="ru") == "de"
    assert language_of("東京都", ESPEAK, default="ja") == "ja"
    assert language_of("12:30", ESPEAK, default="ru") == "ru"


@pytest.mark.parametrize("spoken", [LANGUAGES, ENGLISH], ids=["many", "one"])
@pytest.mark.parametrize("language", ["bn", "cs", "hu", "ka", "pl", "ru", "th", "uk", "vi", "zh"])
def test_text_in_a_language_that_is_not_spoken_is_refused_by_its_name(
    language: str, spoken: frozenset[str]
) -> None:
    text = SENTENCES[language][1]
    if language in spoken:
        assert language_of(text, spoken) == language
    else:
        with pytest.raises(UnspokenLanguageError, match="which is not spoken here"):
            language_of(text, spoken)


def test_every_language_of_the_multilingual_model_is_found_among_them() -> None:
    for language in LANGUAGES - {"no", "en", "ms"}:
        assert {language_of(text, LANGUAGES) for text in SENTENCES[language]} == {language}


def test_a_script_that_nobody_speaks_is_named() -> None:
    with pytest.raises(UnspokenLanguageError, match="Javanese script"):
        language_of("ꦗꦮ", ESPEAK)


@given(text=st.text(max_size=200), spoken=st.sampled_from([ESPEAK, LANGUAGES, ENGLISH]))
def test_any_text_is_in_one_spoken_language_always_the_same_or_is_refused(
    text: str, spoken: frozenset[str]
) -> None:
    def found() -> str:
        try:
            return language_of(text, spoken)
        except UnspokenLanguageError as error:
            return error.message

    first = found()
    assert first == found()
    assert known_part(first, spoken) or "not spoken here" in first


def test_threads_find_the_same() -> None:
    texts = [text for pair in SENTENCES.values() for text in pair]
    alone = [language_of(text, ESPEAK) for text in texts]
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([language_of(one, ESPEAK) for one in texts]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 8
