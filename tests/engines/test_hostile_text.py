"""Whatever a text holds, it becomes speech or is refused; it commands nothing."""

import random

import numpy as np
import pytest

from inference.engines.base import EngineError, SynthesisParams
from inference.engines.espeak import process
from inference.engines.espeak.process import Utterance, speak
from inference.engines.espeak.text import speakable
from tests.engines.conftest import no_progress, spoken


def scramble(seed):
    draw = random.Random(seed)
    planes = ((0x00, 0x7F), (0x80, 0x2FFF), (0x3000, 0xD7FF), (0xD800, 0xFFFF), (0x10000, 0x1FFFF))
    return "".join(chr(draw.randint(*draw.choice(planes))) for _ in range(draw.randint(1, 150)))


HOSTILE = [
    '<audio src="file:///etc/passwd"/>',
    "<speak><break time='3600s'/>Hello</speak>",
    "[[h@l'oU]]",
    "Hello\0there",
    "\x01100s\x0150p\x01+9a Hello",
    "\x1b[31mHello\x7f\x9b",
    "Hello \ud800\udfff\udc00 there",
    "\U0001f600" * 1250,
    "\u202eevil\u202d \u2066hidden\u2069",
    "a" * 5000,
    "%s%n%x" * 100,
    "-v en --stdin; rm -rf / `id` $(id)",
    "a\u0301" * 600,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 50,
    *(scramble(seed) for seed in range(12)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:24])
def test_hostile_text_becomes_speech_or_no_speech(engine, woman, text):
    chunks, refused = [], None
    try:
        chunks = list(engine.synthesize(text, woman, SynthesisParams(seed=1), progress=no_progress))
    except EngineError as error:
        refused = error
    if refused:
        assert (refused.code, refused.retryable) == ("NO_SPEECH", False)
        return
    assert all(np.isfinite(chunk.samples).all() for chunk in chunks)
    assert sum(chunk.text_bytes for chunk in chunks) == len(text.encode("utf-8", "replace"))


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t", "...", "?!—…", "\0", "\ud800", "\u200b\u202e", "\u0301\u0301", "\u200d"],
    ids=ascii,
)
def test_text_without_a_word_is_no_speech(engine, woman, text):
    with pytest.raises(EngineError) as refused:
        list(engine.synthesize(text, woman, SynthesisParams(seed=1), progress=no_progress))
    assert refused.value.code == "NO_SPEECH"


def test_markup_is_neither_read_nor_obeyed(engine, woman):
    plain = spoken(engine, "Hello there", woman)
    pause = spoken(engine, 'Hello <break time="60s"/> there', woman)
    assert plain.tobytes() == pause.tobytes()


def test_phoneme_brackets_are_read_as_letters_and_not_as_phonemes():
    letters, brackets = (
        speak(Utterance(text, "en-us")).size for text in ("h e l o", "[[h e l o]]")
    )
    assert brackets >= letters


def test_control_characters_never_reach_the_library(monkeypatch, engine, woman):
    sent = []
    real = process._run
    monkeypatch.setattr(
        process, "_run", lambda request, *rest: (sent.append(request), real(request, *rest))[1]
    )
    spoken(engine, "\x01100p Hel\0lo\r\x07 there\u202e.", woman)
    for request in sent:
        _, _, text = request.partition(b"\n")
        assert all(byte >= 0x20 for byte in text)
        assert "\u202e" not in text.decode()


def test_no_word_is_longer_than_the_library_bears():
    assert max(map(len, speakable("x" * 5000 + " " + "é" * 900).split())) <= 80


def test_joiners_that_letters_need_are_kept():
    word = "می\u200cخواهم"  # noqa: RUF001 - Persian
    assert speakable(word) == word
