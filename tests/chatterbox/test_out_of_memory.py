"""When memory runs out the batch gets smaller, what was displaced begins again, nothing is lost."""

import numpy as np
import pytest
import torch

from inference.engines.base import EngineError
from tests.chatterbox.serving import (
    TEXTS,
    audio_of,
    begin_for,
    is_at_rest,
    model_for,
    scheduler_for,
)


class Cramped:
    """Raises in place of ``function`` where ``too_much`` says so."""

    def __init__(self, function, too_much):
        self.function, self.too_much, self.raised = function, too_much, 0

    def __call__(self, *given, **named):
        if self.too_much(*given):
            self.raised += 1
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.function(*given, **named)


def once():
    """Return what is too much the first time it is asked."""
    first = [True]
    return lambda *_: first.pop() if first else False


@pytest.fixture(scope="module")
def checkpoint(checkpoint_of):
    return checkpoint_of("english")


@pytest.fixture
def model(checkpoint):
    return model_for(checkpoint, slots=4)


@pytest.fixture(scope="module")
def expected(checkpoint):
    with scheduler_for(model_for(checkpoint, slots=4)) as scheduler:
        return [audio_of(scheduler.submit(begin_for(checkpoint, text))) for text in TEXTS]


def assert_nothing_is_lost(checkpoint, model, expected):
    freed = []
    with scheduler_for(model, unload=lambda: freed.append(1)) as scheduler:
        tickets = [scheduler.submit(begin_for(checkpoint, text)) for text in TEXTS]
        for ticket, audio in zip(tickets, expected, strict=True):
            assert np.array_equal(audio_of(ticket), audio)
        assert is_at_rest(scheduler)
        assert scheduler.counters.failed == 0
        assert scheduler.counters.out_of_memory == len(freed) > 0
    assert model.runner.active == 0


def test_in_a_step(checkpoint, model, expected, monkeypatch):
    """In the middle of it: tokens are drawn, and their logits cannot be computed."""
    rows = []
    cramped = Cramped(
        model.runner.t3.logits, lambda states: rows.append(len(states)) or len(states) > 4
    )
    monkeypatch.setattr(model.runner.t3, "logits", cramped)
    assert_nothing_is_lost(checkpoint, model, expected)
    assert cramped.raised
    assert max(rows) > 4


def test_in_a_prefill(checkpoint, model, expected, monkeypatch):
    """Of what waits, while others hold the memory: it waits on."""
    backbone = model.runner.t3.backbone
    cramped = Cramped(backbone.prefill, lambda *_: model.runner.active >= 2)
    monkeypatch.setattr(backbone, "prefill", cramped)
    assert_nothing_is_lost(checkpoint, model, expected)
    assert cramped.raised


def test_in_the_flow_of_a_batch(checkpoint, model, expected, monkeypatch):
    vocoder = model.vocoder
    cramped = Cramped(vocoder.mels, lambda batch, *_: len(batch) > 1)
    monkeypatch.setattr(vocoder, "batches", lambda ready: [list(ready)])
    monkeypatch.setattr(vocoder, "mels", cramped)
    assert_nothing_is_lost(checkpoint, model, expected)
    assert vocoder.most < 8


def test_in_the_flow_of_one(checkpoint, model, expected, monkeypatch):
    monkeypatch.setattr(model.vocoder, "mels", Cramped(model.vocoder.mels, once()))
    assert_nothing_is_lost(checkpoint, model, expected)


@pytest.mark.parametrize("part", ["pitch", "excite", "speak"])
def test_in_the_vocoder(part, checkpoint, model, expected, monkeypatch):
    """Between hops it remembers phases and noise: trying again must not move them twice."""
    hift = model.vocoder._hift
    monkeypatch.setattr(hift, part, Cramped(getattr(hift, part), once()))
    assert_nothing_is_lost(checkpoint, model, expected)


def test_for_good_it_fails_the_utterance_in_a_way_that_may_be_retried(
    checkpoint, model, expected, monkeypatch
):
    mels = model.vocoder.mels
    cramped = Cramped(mels, lambda batch, *_: any(each.seed == 666 for each in batch))
    monkeypatch.setattr(model.vocoder, "mels", cramped)
    with scheduler_for(model) as scheduler:
        doomed = scheduler.submit(begin_for(checkpoint, TEXTS[1], seed=666))
        fine = scheduler.submit(begin_for(checkpoint, TEXTS[0]))
        with pytest.raises(EngineError) as failure:
            audio_of(doomed)
        assert failure.value.retryable
        assert np.array_equal(audio_of(fine), expected[0])
        assert is_at_rest(scheduler)
