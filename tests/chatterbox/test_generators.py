"""The conformance of a generator: one of a token a step, and one of blocks of 16."""

from dataclasses import replace

import pytest
import torch

from inference.engines.chatterbox.interface import Utterance
from inference.engines.chatterbox.voices import Voice
from tests.chatterbox.checkpoints import FAMILIES
from tests.chatterbox.serving import TEXTS, Blocks, model_for, nobody
from tests.chatterbox.speaking import prompt_for, speak, utterance

KINDS = [*FAMILIES, "blocks"]


@pytest.fixture(params=KINDS)
def work(request, checkpoint_of):
    """A generator with 4 slots, and 6 utterances for it in two voices."""
    if request.param == "blocks":
        return Blocks(), [
            Utterance(nobody(), (1,), seed=number, most_tokens=10 + 13 * number)
            for number in range(6)
        ]
    checkpoint = checkpoint_of(request.param)
    runner = model_for(checkpoint).runner
    voices = [Voice(prompt_for(checkpoint, number), runner.t3) for number in range(2)]
    return runner, [
        utterance(voices[number % 2], checkpoint, TEXTS[number % 5], most_tokens=30)
        for number in range(6)
    ]


def test_a_ragged_batch_with_staggered_joins_gives_what_each_gives_alone(work):
    generator, utterances = work
    alone = [speak(generator, [one])[0] for one in utterances]
    assert speak(generator, utterances, gap=2) == alone
    assert generator.active == 0


@torch.inference_mode()
def test_one_that_is_called_off_changes_nothing_for_the_others(work):
    generator, utterances = work
    alone = [speak(generator, [one])[0] for one in utterances[:3]]
    slots = {generator.admit(one): number for number, one in enumerate(utterances[:3])}
    tokens = {number: [] for number in slots.values()}
    steps = 0
    while slots:
        for commit in generator.step():
            assert len(commit.tokens) <= generator.spec.granule
            tokens[slots[commit.slot]].extend(commit.tokens)
            if commit.done:
                generator.release(commit.slot)
                del slots[commit.slot]
        steps += 1
        for slot in [slot for slot, number in slots.items() if number == 1 and steps == 2]:
            generator.release(slot)
            del slots[slot]
    assert tokens[0] == alone[0]
    assert tokens[2] == alone[2]
    assert tokens[1] == alone[1][: len(tokens[1])]
    assert generator.active == 0


def test_what_does_not_fit_is_said_before_and_slots_come_back(work):
    generator, utterances = work
    room = generator.free
    with torch.inference_mode():
        slots = []
        while generator.can_admit(utterances[0]):
            slots.append(generator.admit(replace(utterances[0], seed=len(slots))))
            assert generator.free == room - len(slots)
        assert len(set(slots)) == room == generator.active
        for slot in slots:
            generator.release(slot)
    assert (generator.free, generator.active) == (room, 0)
