"""The scheduler: who joins when, what stays apart, and what is left when things end badly."""

import threading

import numpy as np
import pytest

from inference.engines.base import EngineError
from inference.engines.chatterbox.scheduler import Scheduler
from inference.engines.operation import STOPPING
from tests.chatterbox.checkpoints import FAMILIES
from tests.chatterbox.serving import (
    TEXTS,
    Unmarked,
    audio_of,
    begin_for,
    is_at_rest,
    model_for,
    scheduler_for,
)

TOKEN = 960


@pytest.fixture(scope="module")
def checkpoint(checkpoint_of):
    return checkpoint_of("english")


@pytest.fixture(scope="module", params=FAMILIES)
def every_checkpoint(request, checkpoint_of):
    return checkpoint_of(request.param)


def test_utterances_join_while_others_are_in_mid_speech(checkpoint):
    with scheduler_for(model_for(checkpoint, slots=3)) as scheduler:
        first = scheduler.submit(begin_for(checkpoint, TEXTS[2]))
        while not first.made:
            pass
        others = [scheduler.submit(begin_for(checkpoint, text)) for text in TEXTS]
        for ticket in (first, *others):
            audio_of(ticket)
        joined = [
            record
            for record in scheduler.trace
            if record.admitted and record.committed.get(first.number)
        ]
        busiest = max(len(record.committed) for record in scheduler.trace)
    assert any(first.number not in record.admitted for record in joined)
    assert busiest == 3


def test_the_first_audio_of_an_utterance_leaves_before_its_last_token(checkpoint):
    with scheduler_for(model_for(checkpoint)) as scheduler:
        ticket = scheduler.submit(begin_for(checkpoint, "x" * 80, most_tokens=120), hops=True)
        audio = audio_of(ticket)
        vocoded = [number for number, each in enumerate(scheduler.trace) if each.vocoded]
        committed = [number for number, each in enumerate(scheduler.trace) if each.committed]
    assert audio.size == ticket.made * TOKEN
    assert len(vocoded) >= 2
    assert vocoded[0] < committed[-1]


def test_the_trace_tells_of_every_step_who_joined_who_moved_and_who_left(checkpoint):
    with scheduler_for(model_for(checkpoint, slots=2)) as scheduler:
        tickets = [scheduler.submit(begin_for(checkpoint, text)) for text in TEXTS]
        for ticket in tickets:
            audio_of(ticket)
        trace = list(scheduler.trace)
    for ticket in tickets:
        (joined,) = [at for at, each in enumerate(trace) if ticket.number in each.admitted]
        moved = [at for at, each in enumerate(trace) if ticket.number in each.committed]
        (left,) = [at for at, each in enumerate(trace) if ticket.number in each.ended]
        spoken = [at for at, each in enumerate(trace) if ticket.number in each.vocoded]
        assert moved == list(range(joined, left + 1))
        assert spoken == [left]
        made = sum(each.committed.get(ticket.number, 0) for each in trace)
        assert made == ticket.made
    assert max(len(each.committed) for each in trace) == 2


def test_cancel_frees_the_slot_at_the_next_step(every_checkpoint):
    model = model_for(every_checkpoint, slots=1)
    with scheduler_for(model) as scheduler:
        endless = scheduler.submit(begin_for(every_checkpoint, "x" * 200, most_tokens=1000))
        queued = scheduler.submit(begin_for(every_checkpoint, TEXTS[0]))
        while not endless.made:
            pass
        endless.cancel()
        with pytest.raises(EngineError, match="called off"):
            audio_of(endless)
        assert audio_of(queued).size
        assert endless.made < 300
        queued_too = scheduler.submit(begin_for(every_checkpoint, TEXTS[0]))
        queued_too.cancel()
        with pytest.raises(EngineError):
            audio_of(queued_too)
    assert model.runner.active == 0


def test_one_utterance_s_error_is_its_own(checkpoint, monkeypatch):
    model = model_for(checkpoint, slots=4)

    def broken(_):
        raise ZeroDivisionError("a fault of this one alone")

    with scheduler_for(model) as scheduler:
        good = scheduler.submit(begin_for(checkpoint, TEXTS[1]))
        bad = scheduler.submit(broken)
        long = scheduler.submit(begin_for(checkpoint, "word " * 500))
        for ticket in (bad, long):
            with pytest.raises(EngineError) as failure:
                audio_of(ticket)
            assert failure.value.code == "ENGINE_FAILED"
        assert audio_of(good).size
        samples = model.vocoder.samples
        doomed = scheduler.submit(begin_for(checkpoint, TEXTS[0], seed=666))
        monkeypatch.setattr(
            type(model.vocoder),
            "samples",
            lambda self, stream, mel: broken(0) if stream.seed == 666 else samples(stream, mel),
        )
        other = scheduler.submit(begin_for(checkpoint, TEXTS[0]))
        with pytest.raises(EngineError):
            audio_of(doomed)
        assert audio_of(other).size
        assert is_at_rest(scheduler)
    assert model.runner.active == 0


def test_closing_answers_whoever_waits_and_leaves_no_slot(every_checkpoint):
    model = model_for(every_checkpoint, slots=1)
    with scheduler_for(model) as scheduler:
        tickets = [
            scheduler.submit(begin_for(every_checkpoint, "x" * 200, most_tokens=1000))
            for _ in range(3)
        ]
        while not tickets[0].made:
            pass
    for ticket in tickets:
        with pytest.raises(EngineError, match="shutting down") as failure:
            audio_of(ticket)
        assert (failure.value.code, failure.value.retryable) == (STOPPING, True)
    assert model.runner.active == 0
    with pytest.raises(EngineError):
        scheduler.submit(begin_for(every_checkpoint, TEXTS[0]))


def test_draining_finishes_requests_that_have_begun_and_refuses_the_others(checkpoint):
    """One text of two pieces is in mid-speech, another waits for the only slot."""
    with scheduler_for(model_for(checkpoint, slots=1)) as scheduler:
        with scheduler.request():
            first = scheduler.submit(begin_for(checkpoint, "x" * 80), opening=True)
            while not first.made:
                pass
            waiting = scheduler.submit(begin_for(checkpoint, TEXTS[0]), opening=True)
            scheduler.begin_to_drain()
            assert not scheduler.drain(0.01)
            second = scheduler.submit(begin_for(checkpoint, TEXTS[1]))
            with pytest.raises(EngineError) as refused:
                audio_of(waiting)
            assert audio_of(first).size
            assert audio_of(second).size
        assert (refused.value.code, refused.value.retryable) == (STOPPING, True)
        assert scheduler.drain(120)
        with pytest.raises(EngineError, match="shutting down"), scheduler.request():
            pass
        assert is_at_rest(scheduler)


def test_callers_that_wait_for_their_turn_are_told_that_work_goes_on(checkpoint):
    """Else a job in the queue would lose its lease while another one is being spoken."""
    with scheduler_for(model_for(checkpoint, slots=1)) as scheduler:
        first = scheduler.submit(begin_for(checkpoint, "x" * 300, most_tokens=1000))
        waiting = scheduler.submit(begin_for(checkpoint, TEXTS[0]))
        news = waiting.chunks(timeout=60)
        assert next(news) is None
        assert not waiting.begun
        assert not first.stream.ended
        first.cancel()
        assert sum(each.size for each in news if each is not None)


def test_an_idle_model_is_let_go_and_comes_back(checkpoint):
    loads, unloads = [], threading.Event()
    model = model_for(checkpoint)

    def load():
        loads.append(1)
        return model

    scheduler = Scheduler(load, watermarker=Unmarked(), idle_seconds=0.05, unload=unloads.set)
    try:
        before = audio_of(scheduler.submit(begin_for(checkpoint, TEXTS[0])))
        assert unloads.wait(60)
        assert not scheduler.loaded
        assert np.array_equal(audio_of(scheduler.submit(begin_for(checkpoint, TEXTS[0]))), before)
        assert len(loads) >= 2
    finally:
        scheduler.close()


def test_a_model_that_cannot_be_loaded_fails_the_work_and_is_tried_again(checkpoint):
    attempts = []

    def load():
        attempts.append(1)
        if len(attempts) == 1:
            raise EngineError("WEIGHTS_MISSING", "There are none.", retryable=False)
        return model_for(checkpoint)

    scheduler = Scheduler(load, watermarker=Unmarked())
    try:
        with pytest.raises(EngineError, match="There are none"):
            audio_of(scheduler.submit(begin_for(checkpoint, TEXTS[0])))
        assert audio_of(scheduler.submit(begin_for(checkpoint, TEXTS[0]))).size
    finally:
        scheduler.close()
