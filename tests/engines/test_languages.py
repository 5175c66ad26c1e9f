"""The language is what the request says, else what the script of the text suggests."""

import pytest

from inference.engines.base import EngineError, SynthesisParams
from inference.engines.espeak.languages import voice_for, voices
from inference.engines.espeak.process import Utterance, speak
from tests.engines.conftest import no_progress, spoken


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("Hello", "en-US"),
        ("12345", "en-US"),
        ("\U0001f600", "en-US"),
        ("今天天气很好，我们说 OK", "cmn"),  # noqa: RUF001 - Chinese
        ("日本語のテキストです", "ja"),
        ("カタカナ", "ja"),
        ("안녕하세요", "ko"),
        ("Привет, мир", "ru"),
        ("مرحبا بالعالم", "ar"),
        ("שלום עולם", "he"),
        ("नमस्ते दुनिया", "hi"),
        ("Γειά σου Κόσμε", "el"),  # noqa: RUF001 - Greek
        ("สวัสดีชาวโลก", "th"),
        ("വണക്കം", "ml"),
        ("გამარჯობა", "ka"),
    ],
)
def test_without_a_language_the_script_chooses_the_voice(text, voice):
    assert voice_for(None, text) == voice


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        ("en", "en-US"),
        ("en-gb", "en"),
        ("EN_us", "en-US"),
        ("de-at", "de"),
        ("zh", "cmn"),
        ("zh-hans-cn", "cmn"),
        ("zh-hk", "yue"),
        ("no", "nb"),
        ("pt-br", "pt-BR"),
        ("fr-ca", "fr"),
    ],
)
def test_a_tag_finds_its_voice_or_the_nearest_one(tag, voice):
    assert voice_for(tag, "") == voice


@pytest.mark.parametrize("tag", ["", "xx", "tlh-x", "../en", "en+f4 9 9\n", "x" * 5000])
def test_an_unknown_language_is_refused_before_anything_is_spoken(engine, woman, tag):
    with pytest.raises(EngineError) as refused:
        engine.synthesize(
            "Hello", woman, SynthesisParams(seed=1, language=tag), progress=no_progress
        )
    assert refused.value.code == "UNSUPPORTED_LANGUAGE"
    assert not refused.value.retryable
    assert len(refused.value.message) < 120


def test_every_language_that_is_declared_has_a_voice_that_starts(engine):
    assert len(engine.capabilities.languages) > 100
    assert engine.capabilities.languages == set(voices())
    for voice in sorted(set(voices().values()))[::6]:
        assert speak(Utterance("a", voice)).dtype == "float32"


def test_chinese_is_spoken_the_same_with_the_language_guessed_or_given(engine, woman):
    text = "你好，今天天气很好。"  # noqa: RUF001 - Chinese
    guessed, given = spoken(engine, text, woman), spoken(engine, text, woman, language="zh")
    english = spoken(engine, text, woman, language="en")
    assert guessed.tobytes() == given.tobytes() != english.tobytes()
