"""Each language is spoken with the voice that espeak has for it."""

import pytest

from inference.engines.base import EngineError, SynthesisParams
from inference.engines.espeak.languages import voice_for, voices
from inference.engines.espeak.process import Utterance, speak
from tests.engines.conftest import no_progress


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        (None, "en-US"),
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
    assert voice_for(tag) == voice


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
