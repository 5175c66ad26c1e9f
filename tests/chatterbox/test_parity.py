"""Token for token the package's own loop, at temperature 0 in fp32."""

import pytest

from tests.chatterbox.speaking import (
    TEXT,
    greedy,
    prompt_for,
    runner_for,
    speak,
    stock_tokens,
    utterance,
    voice_for,
)

STOCK = ["english", "multilingual-v2", "turbo"]
TEXTS = [TEXT, "Yes.", "A longer sentence, with a clause or two, that runs on for quite a while!"]


@pytest.mark.parametrize("static", [False, True], ids=["ragged", "static"])
@pytest.mark.parametrize("name", STOCK)
def test_tokens_are_those_of_the_stock_loop(name, static, checkpoint_of, stock_of, monkeypatch):
    checkpoint = checkpoint_of(name)
    runner = runner_for(checkpoint, static=static)
    for number, text in enumerate(TEXTS):
        each = utterance(voice_for(runner, checkpoint, number), checkpoint, text)
        with greedy(monkeypatch):
            expected = stock_tokens(stock_of(name), prompt_for(checkpoint, number), each, name)
        assert speak(runner, [each]) == [expected]
        assert len(expected) > 2
