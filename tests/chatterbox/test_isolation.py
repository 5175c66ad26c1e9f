"""Voices never mix, and a seed decides what is heard whatever else is being spoken."""

import threading

import numpy as np
import pytest
import torch

from inference.engines.chatterbox.voices import Voice
from tests.chatterbox.checkpoints import FAMILIES
from tests.chatterbox.serving import (
    TEXTS,
    audio_of,
    begin_for,
    is_at_rest,
    model_for,
    scheduler_for,
)
from tests.chatterbox.speaking import prompt_for, speak

SENTENCES = TEXTS[1:3]


@pytest.mark.parametrize("name", FAMILIES)
def test_64_utterances_in_8_voices_never_mix(name, checkpoint_of):
    checkpoint = checkpoint_of(name)
    model = model_for(checkpoint, slots=16)
    with torch.inference_mode():
        alone = {}
        for voice in range(8):
            for text in SENTENCES:
                work = begin_for(checkpoint, text, voice=voice, most_tokens=20)(model)
                (tokens,) = speak(model.runner, [work.utterance])
                alone[voice, text] = vocoded(model, tokens)
    assert len({tuple(each) for each in alone.values()}) == 16
    voices = [Voice(prompt_for(checkpoint, number), model.runner.t3) for number in range(8)]
    said = _say_all(checkpoint, model, voices)
    assert all(tokens == alone[key] for key, tokens in said)


def test_a_shared_mutable_prompt_does_mix_voices(checkpoint_of):
    """Break the isolation as the package does: one instance whose voice callers set."""
    checkpoint = checkpoint_of("english")
    model = model_for(checkpoint, slots=16)
    voices = [Voice(prompt_for(checkpoint, number), model.runner.t3) for number in range(8)]

    class Shared:
        prefix_length, prompt = voices[0].prefix_length, voices[0].prompt
        current = voices[0]

        def prefix(self, exaggeration):
            return Shared.current.prefix(exaggeration)

    with torch.inference_mode():
        alone = {
            (number, text): speak(
                model.runner,
                [begin_for(checkpoint, text, voice=voice, most_tokens=20)(model).utterance],
            )[0]
            for number, voice in enumerate(voices)
            for text in SENTENCES
        }
    said = _say_all(checkpoint, model, [Shared() for _ in voices], before=lambda number: setattr(
        Shared, "current", voices[number]
    ))  # fmt: skip
    assert any(tokens != alone[key] for key, tokens in said)


def vocoded(model, tokens):
    """Return what becomes of an utterance's tokens before they are vocoded."""
    family = model.family
    return [*tokens[: len(tokens) - family.cropped], *family.tail]


def _say_all(checkpoint, model, voices, before=lambda number: None):
    """Say 64 utterances from 8 threads at once; return what each became."""
    tickets = []
    with scheduler_for(model) as scheduler:

        def say(number):
            for turn in range(8):
                before(number)
                text = SENTENCES[turn % 2]
                begin = begin_for(checkpoint, text, voice=voices[number], most_tokens=20)
                tickets.append(((number, text), scheduler.submit(begin)))

        threads = [threading.Thread(target=say, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _, ticket in tickets:
            audio_of(ticket)
        assert is_at_rest(scheduler)
    assert len(tickets) == 64
    return [(key, ticket.stream.tokens) for key, ticket in tickets]


@pytest.mark.parametrize("name", FAMILIES)
def test_samples_in_a_crowd_are_those_alone_within_a_thousandth(name, checkpoint_of):
    checkpoint = checkpoint_of(name)
    works = [begin_for(checkpoint, text, temperature=0.8, seed=9) for text in TEXTS]
    with scheduler_for(model_for(checkpoint, slots=1)) as scheduler:
        alone = [audio_of(scheduler.submit(each)) for each in works]
        again = audio_of(scheduler.submit(works[0]))
    with scheduler_for(model_for(checkpoint, slots=8, padded=True)) as scheduler:
        crowd = [audio_of(each) for each in [scheduler.submit(each) for each in works]]
    assert np.array_equal(alone[0], again)
    for one, other in zip(alone, crowd, strict=True):
        assert one.shape == other.shape
        assert np.abs(one - other).max() < 1e-3
