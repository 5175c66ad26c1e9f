"""Token for token the package's own loop, at temperature 0 in fp32."""

import dataclasses

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

TEXTS = [TEXT, "Yes.", "A longer sentence, with a clause or two, that runs on for a while!"]


@pytest.mark.parametrize("name", ["english", "multilingual-v2", "turbo"])
def test_tokens_are_those_of_the_stock_loop(name, checkpoint_of, stock_of, monkeypatch):
    checkpoint = checkpoint_of(name)
    runner = runner_for(checkpoint)
    utterances = [
        utterance(voice_for(runner, checkpoint, number), checkpoint, text)
        for number, text in enumerate(TEXTS)
    ]
    with greedy(monkeypatch):
        expected = [
            stock_tokens(stock_of(name), prompt_for(checkpoint, number), each, name)
            for number, each in enumerate(utterances)
        ]
    assert speak(runner, utterances) == expected
    assert all(expected)


def test_nano_is_turbos_loop_on_a_smaller_backbone(checkpoint_of, monkeypatch):
    checkpoint = checkpoint_of("nano")
    runner = runner_for(checkpoint)
    each = utterance(voice_for(runner, checkpoint), checkpoint)
    with greedy(monkeypatch):
        expected = stock_tokens(checkpoint, prompt_for(checkpoint), each, "turbo")
    assert speak(runner, [each]) == [expected]


def test_multilingual_v3_is_the_stock_loop_without_its_guard(checkpoint_of, monkeypatch):
    from chatterbox.models.t3.modules.t3_config import T3Config

    checkpoint = checkpoint_of("multilingual-v3")
    runner = runner_for(checkpoint)
    each = utterance(voice_for(runner, checkpoint), checkpoint)
    monkeypatch.setattr(T3Config, "is_multilingual", property(lambda _: False))
    with greedy(monkeypatch):
        expected = stock_tokens(checkpoint, prompt_for(checkpoint), each, "english")
    assert speak(runner, [each]) == [expected]


def test_the_guard_ends_a_stutter_as_the_stock_analyzer_does(checkpoint_of, stock_of, monkeypatch):
    """With a reward for repeating, the likeliest token is the last one; both end it there."""
    checkpoint, stock = checkpoint_of("multilingual-v2"), stock_of("multilingual-v2")
    runner = runner_for(checkpoint)
    rules = dataclasses.replace(checkpoint.family.sampling, repetition_penalty=0.1)
    monkeypatch.setattr(runner.t3, "family", dataclasses.replace(checkpoint.family, sampling=rules))
    stuck = utterance(voice_for(runner, checkpoint), checkpoint, most_tokens=40)
    with greedy(monkeypatch):
        expected = stock_tokens(
            stock, prompt_for(checkpoint), stuck, "multilingual-v2", repetition_penalty=0.1
        )
    assert expected[-1] == expected[-2]
    assert len(expected) < 40
    assert speak(runner, [stuck]) == [expected]
