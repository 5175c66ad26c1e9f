"""The scheduler: who joins when, what stays apart, and what is left when things end badly."""

import threading

import numpy as np
import pytest
import torch

from inference.engines.base import EngineError
from inference.engines.chatterbox.interface import Utterance
from inference.engines.chatterbox.voices import Voice
from tests.chatterbox.serving import Blocks, audio_of, begin_for, model_for, nobody, scheduler_for
from tests.chatterbox.speaking import prompt_for, speak

TEXTS = ["Yes.", "A short one.", "Rather longer, this is.", "Hm!", "And one more."]
TOKEN = 960


@pytest.fixture(scope="module")
def checkpoint(checkpoint_of):
    return checkpoint_of("english")


def test_utterances_join_while_others_are_in_mid_speech(checkpoint):
    with scheduler_for(model_for(checkpoint, slots=3)) as scheduler:
        first = scheduler.submit(begin_for(checkpoint, TEXTS[2]))
        while not first.timing.tokens:
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


def test_64_utterances_in_8_voices_never_mix(checkpoint):
    model = model_for(checkpoint, slots=16)
    with torch.inference_mode():
        alone = {}
        for voice in range(8):
            for text in TEXTS[:2]:
                work = begin_for(checkpoint, text, voice=voice, most_tokens=20)(model)
                alone[voice, text] = speak(model.runner, [work.utterance])[0]
    assert len({tuple(tokens) for tokens in alone.values()}) == 16
    voices = [Voice(prompt_for(checkpoint, number), model.runner.t3) for number in range(8)]
    said = _say_all(checkpoint, model, voices)
    assert all(tokens == alone[key] for key, tokens in said)


def test_a_shared_mutable_prompt_does_mix_voices(checkpoint):
    """Break the isolation as the package does: one instance whose voice callers set."""
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
            for text in TEXTS[:2]
        }
    said = _say_all(checkpoint, model, [Shared() for _ in voices], before=lambda number: setattr(
        Shared, "current", voices[number]
    ))  # fmt: skip
    assert any(tokens != alone[key] for key, tokens in said)


def _say_all(checkpoint, model, voices, before=lambda number: None):
    """Say 64 utterances from 8 threads at once; return what each became."""
    tickets = []
    with scheduler_for(model) as scheduler:

        def say(number):
            for turn in range(8):
                before(number)
                text = TEXTS[turn % 2]
                begin = begin_for(checkpoint, text, voice=voices[number], most_tokens=20)
                tickets.append(((number, text), scheduler.submit(begin)))

        threads = [threading.Thread(target=say, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for _, ticket in tickets:
            audio_of(ticket)
        assert scheduler.active == scheduler.waiting == 0
    assert len(tickets) == 64
    return [(key, ticket.stream.tokens) for key, ticket in tickets]


def test_samples_in_a_crowd_are_those_alone_within_a_thousandth(checkpoint):
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


def test_the_first_audio_of_an_utterance_leaves_before_its_last_token(checkpoint, monkeypatch):
    with scheduler_for(model_for(checkpoint)) as scheduler:
        ticket = scheduler.submit(begin_for(checkpoint, "x" * 80, most_tokens=120), hops=True)
        audio = audio_of(ticket)
        vocoded = [number for number, each in enumerate(scheduler.trace) if each.vocoded]
        committed = [number for number, each in enumerate(scheduler.trace) if each.committed]
    assert audio.size == ticket.timing.tokens * TOKEN
    assert len(vocoded) >= 2
    assert vocoded[0] < committed[-1]


def test_cancel_frees_the_slot_at_the_next_step(checkpoint):
    model = model_for(checkpoint, slots=1)
    with scheduler_for(model) as scheduler:
        endless = scheduler.submit(begin_for(checkpoint, "x" * 200, most_tokens=1000))
        queued = scheduler.submit(begin_for(checkpoint, TEXTS[0]))
        while not endless.timing.tokens:
            pass
        endless.cancel()
        with pytest.raises(EngineError, match="called off"):
            audio_of(endless)
        assert audio_of(queued).size
        assert endless.timing.tokens < 300
        queued_too = scheduler.submit(begin_for(checkpoint, TEXTS[0]))
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
        assert scheduler.active == 0
    assert model.runner.active == 0


def test_closing_answers_whoever_waits_and_leaves_no_slot(checkpoint):
    model = model_for(checkpoint, slots=1)
    with scheduler_for(model) as scheduler:
        tickets = [
            scheduler.submit(begin_for(checkpoint, "x" * 200, most_tokens=1000)) for _ in range(3)
        ]
        while not tickets[0].timing.tokens:
            pass
    for ticket in tickets:
        with pytest.raises(EngineError, match="shutting down") as failure:
            audio_of(ticket)
        assert failure.value.retryable
    assert model.runner.active == 0
    with pytest.raises(EngineError):
        scheduler.submit(begin_for(checkpoint, TEXTS[0]))


def test_draining_finishes_what_was_begun(checkpoint):
    with scheduler_for(model_for(checkpoint, slots=2)) as scheduler:
        tickets = [scheduler.submit(begin_for(checkpoint, text)) for text in TEXTS]
        assert scheduler.drain(120)
        assert all(audio_of(ticket).size for ticket in tickets)
        with pytest.raises(EngineError):
            scheduler.submit(begin_for(checkpoint, TEXTS[0]))


def test_memory_that_runs_out_makes_the_batch_smaller_and_loses_nothing(checkpoint, monkeypatch):
    model = model_for(checkpoint, slots=4)
    with scheduler_for(model) as scheduler:
        expected = [audio_of(scheduler.submit(begin_for(checkpoint, text))) for text in TEXTS]
    runner, vocoder = model.runner, type(model.vocoder)
    step, mels, widest = runner.step, vocoder.mels, []

    def cramped_step():
        widest.append(runner.active)
        if runner.active > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return step()

    def cramped_mels(self, batch, beat):
        if len(batch) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return mels(self, batch, beat)

    monkeypatch.setattr(runner, "step", cramped_step)
    monkeypatch.setattr(vocoder, "mels", cramped_mels)
    with scheduler_for(model) as scheduler:
        tickets = [scheduler.submit(begin_for(checkpoint, text)) for text in TEXTS]
        for ticket, audio in zip(tickets, expected, strict=True):
            assert np.array_equal(audio_of(ticket), audio)
        assert scheduler.counters.out_of_memory
        assert scheduler.counters.failed == 0
    assert max(widest) > 2


def test_an_idle_model_is_let_go_and_comes_back(checkpoint):
    loads, unloads = [], threading.Event()
    model = model_for(checkpoint)

    def load():
        loads.append(1)
        return model

    from inference.engines.chatterbox.scheduler import Scheduler
    from tests.chatterbox.serving import Unmarked

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
    from inference.engines.chatterbox.scheduler import Scheduler
    from tests.chatterbox.serving import Unmarked

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


@pytest.mark.parametrize("kind", ["tokens", "blocks"])
def test_every_generator_gives_what_it_gives_alone_with_joins_and_a_cancel(kind, checkpoint):
    """The conformance of a generator: one of a token a step, one of blocks of 16."""
    runner = Blocks() if kind == "blocks" else model_for(checkpoint).runner

    def each(number):
        if kind == "blocks":
            return Utterance(nobody(), (1,), seed=number, most_tokens=10 + 13 * number)
        return begin_for(checkpoint, TEXTS[number % 5], voice=number % 2)(
            model_for_runner(runner)
        ).utterance

    utterances = [each(number) for number in range(6)]
    alone = [speak(runner, [one])[0] for one in utterances]
    assert speak(runner, utterances, gap=2) == alone
    with torch.inference_mode():
        slots = {runner.admit(one): number for number, one in enumerate(utterances[:3])}
        tokens = {number: [] for number in slots.values()}
        cancelled = next(slot for slot, number in slots.items() if number == 1)
        for _ in range(2):
            for commit in runner.step():
                tokens[slots[commit.slot]].extend(commit.tokens)
                if commit.done:
                    runner.release(commit.slot)
                    del slots[commit.slot]
        if cancelled in slots:
            runner.release(cancelled)
            del slots[cancelled]
        while slots:
            for commit in runner.step():
                tokens[slots[commit.slot]].extend(commit.tokens)
                if commit.done:
                    runner.release(commit.slot)
                    del slots[commit.slot]
    assert tokens[0] == alone[0]
    assert tokens[2] == alone[2]
    assert tokens[1] == alone[1][: len(tokens[1])]
    assert runner.active == 0


def model_for_runner(runner):
    class Holder:
        pass

    holder = Holder()
    holder.runner = runner
    return holder


def test_memory_stays_flat_over_many_utterances(checkpoint):
    _soak(checkpoint, 120)


@pytest.mark.slow
def test_memory_stays_flat_over_a_thousand_utterances(checkpoint):
    _soak(checkpoint, 1000)


def _soak(checkpoint, count):
    import gc
    import tracemalloc

    model = model_for(checkpoint, slots=16)
    voices = [Voice(prompt_for(checkpoint, number), model.runner.t3) for number in range(4)]

    def say(scheduler, number):
        return scheduler.submit(
            begin_for(checkpoint, "Hm.", voice=voices[number % 4], seed=number, most_tokens=6)
        )

    def in_use():
        gc.collect()
        tensors = sum(
            each.untyped_storage().nbytes()
            for each in gc.get_objects()
            if type(each) is torch.Tensor and each.layout == torch.strided
        )
        return tracemalloc.get_traced_memory()[0] + tensors

    with scheduler_for(model, trace=False) as scheduler:
        for ticket in [say(scheduler, number) for number in range(20)]:
            audio_of(ticket)
        del ticket
        tracemalloc.start()
        try:
            before = in_use()
            for start in range(0, count, 20):
                for ticket in [say(scheduler, start + number) for number in range(20)]:
                    audio_of(ticket)
            del ticket
            assert in_use() - before < 300_000
        finally:
            tracemalloc.stop()
    assert model.runner.active == 0
