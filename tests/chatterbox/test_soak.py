"""However many utterances are spoken, memory stays as it was."""

import gc
import tracemalloc

import pytest
import torch

from inference.engines.chatterbox.voices import Voice
from tests.chatterbox.serving import audio_of, begin_for, is_at_rest, model_for, scheduler_for
from tests.chatterbox.speaking import prompt_for

_AT_ONCE = 20
_MOST_GROWN = 300_000


@pytest.mark.parametrize("name", ["english", "turbo"])
def test_memory_stays_flat_over_a_hundred_utterances(name, checkpoint_of):
    assert grown(checkpoint_of(name), 100) < _MOST_GROWN


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["english", "turbo"])
def test_memory_stays_flat_over_a_thousand_utterances(name, checkpoint_of, record_property):
    bytes_grown = grown(checkpoint_of(name), 1000)
    record_property("bytes_grown", bytes_grown)
    assert bytes_grown < _MOST_GROWN


def grown(checkpoint, count: int) -> int:
    """Return how many bytes more are in use, by Python and in tensors, after ``count``."""
    model = model_for(checkpoint, slots=16)
    voices = [Voice(prompt_for(checkpoint, number), model.runner.t3) for number in range(4)]

    def say(scheduler, start):
        tickets = [
            scheduler.submit(
                begin_for(checkpoint, "Hm.", voice=voices[number % 4], seed=number, most_tokens=6)
            )
            for number in range(start, start + _AT_ONCE)
        ]
        for ticket in tickets:
            audio_of(ticket)

    with scheduler_for(model, trace=False) as scheduler:
        say(scheduler, 0)
        tracemalloc.start()
        try:
            before = in_use()
            for start in range(0, count, _AT_ONCE):
                say(scheduler, start)
            after = in_use()
        finally:
            tracemalloc.stop()
        assert is_at_rest(scheduler)
        assert scheduler.counters.finished == count + _AT_ONCE
    assert model.runner.active == 0
    return after - before


def in_use() -> int:
    gc.collect()
    tensors = sum(
        each.untyped_storage().nbytes()
        for each in gc.get_objects()
        if type(each) is torch.Tensor and each.layout == torch.strided
    )
    return tracemalloc.get_traced_memory()[0] + tensors
