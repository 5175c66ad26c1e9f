"""What is charged is heard: texts from the field, by the length of their sound."""
# ruff: noqa: RUF001 - the characters that are mistaken for others are what is meant

import pytest

from inference.engines.base import EngineError, SynthesisParams
from inference.engines.espeak import EspeakEngine
from tests.engines.conftest import no_progress, spoken


def seconds(engine, voice, text, language=None):
    return spoken(engine, text, voice, language=language).size / 24_000


@pytest.mark.parametrize(
    ("text", "without", "language"),
    [
        ("ねだんは１２３えんです", "ねだんはえんです", "ja"),
        ("The room ١٢٣ is now open today.", "The room is now open today.", "en"),
        ("Press ③ to go on.", "Press to go on.", "en"),
        ("Add ⅛ cup of oil.", "Add cup of oil.", "en"),
        ("It costs 5 ₪ today.", "It costs 5 today.", "en"),
        ("Das kostet 5 ₿ heute.", "Das kostet 5 heute.", "de"),
        ("A bird 🦩 is here.", "A bird is here.", "en"),
        ("Say 日本 to them.", "Say to them.", "en"),
        ("Say שלום to them.", "Say to them.", "en"),
        ("Say สวัสดี to them.", "Say to them.", "en"),
        ("So 5 < 6 then.", "So 5 6 then.", "en"),
    ],
)
def test_what_is_sent_is_heard(engine, woman, text, without, language):
    more = seconds(engine, woman, text, language) - seconds(engine, woman, without, language)
    assert more > 0.15


@pytest.mark.parametrize(
    ("text", "plain", "language"),
    [
        ("The oﬃce is eﬃcient.", "The office is efficient.", "en"),
        ("𝐇𝐞𝐥𝐥𝐨 𝐰𝐨𝐫𝐥𝐝", "Hello world", None),
        ("Ｈｅｌｌｏ ｗｏｒｌｄ", "Hello world", None),
        ("ｺﾝﾆﾁﾊ", "コンニチハ", None),
        ("ﻣﺮﺣﺒﺎ", "مرحبا", None),
        ("inter\u2060na\u200dtion\u00adal", "international", "en"),
        ("I donʼt know", "I don't know", "en"),
        ("lʼeau", "l'eau", "fr"),
        ("<speak>Hello there</speak>", "Hello there", "en"),
    ],
)
def test_it_sounds_as_the_same_text_in_plain_characters(engine, woman, text, plain, language):
    said = spoken(engine, text, woman, language=language)
    assert said.tobytes() == spoken(engine, plain, woman, language=language).tobytes()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今日は良い天気です。", None),
        ("今日は良い天気です。", "ja"),
        ("今日は良い天気です。", "en"),
        ("ᚠᚢᚦᚨᚱᚲ", None),
        ("< > |", "en"),
        ("😀", "nl"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(engine, woman, text, language):
    params = SynthesisParams(seed=1, language=language)
    with pytest.raises(EngineError) as refused:
        list(engine.synthesize(text, woman, params, progress=no_progress))
    assert (refused.value.code, refused.value.retryable) == ("NO_SPEECH", False)
    assert EspeakEngine.refusal(text, language) == refused.value.message


def test_a_rare_letter_that_cannot_be_read_is_left_out(engine, woman):
    with_rune = spoken(engine, "The letter ᚠ is old and hard to read.", woman)
    assert (
        with_rune.tobytes()
        == spoken(engine, "The letter is old and hard to read.", woman).tobytes()
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [("Hello", None), ("123", None), ("①", "en"), ("😀", "en"), ("你好", None)],
)
def test_a_text_that_can_be_read_is_not_refused(text, language):
    assert EspeakEngine.refusal(text, language) == ""
