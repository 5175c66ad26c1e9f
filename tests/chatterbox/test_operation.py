"""Running an engine: warm at the start, watched in between, brought to rest at the end."""

import threading
import time

import pytest

from inference.engines.base import OUTPUT_RATE, EngineError, SynthesisParams
from inference.engines.chatterbox.runner import Runner
from inference.engines.chatterbox.vocoder import Vocoder
from inference.engines.operation import STOPPING, Operated
from tests.chatterbox.engines import LONG, SHORT, engine_for, nothing, say, speech
from tests.chatterbox.tiny import tiny_architecture


def test_it_is_warm_when_it_is_made(folder_of, monkeypatch):
    """All that happens but once has happened: a step was decoded and samples were made."""
    done = []
    step, samples = Runner.step, Vocoder.samples
    monkeypatch.setattr(Runner, "step", lambda self: done.append("step") or step(self))
    monkeypatch.setattr(
        Vocoder, "samples", lambda self, *given: done.append("samples") or samples(self, *given)
    )
    with engine_for(folder_of) as engine:
        assert {"step", "samples"} <= set(done)
        status = engine.status
        assert (status.loaded, status.loads, status.slots, status.slots_used) == (True, 1, 4, 0)


def test_its_status_tells_what_it_does_and_has_done(folder_of):
    with engine_for(folder_of, slots=2) as engine:
        assert isinstance(engine, Operated)
        prompt = engine.clone(speech(), OUTPUT_RATE, progress=nothing)
        seen = []
        params = SynthesisParams(seed=1)
        chunks = engine.synthesize(
            LONG, prompt, params, progress=lambda: seen.append(engine.status)
        )
        seen.extend(engine.status for _ in chunks)
        after = engine.status
    assert {status.slots for status in seen} == {2}
    assert max(status.slots_used for status in seen) == 2
    assert max(status.batch for status in seen) == 2
    assert max(status.queued for status in seen) >= 1
    assert (after.slots_used, after.queued, after.vocoding, after.batch) == (0, 0, 0, 0)
    assert (after.engine, after.model, after.device) == ("chatterbox", "chatterbox-english", "cpu")
    assert (after.finished, after.failed, after.cancelled, after.out_of_memory) == (3, 0, 0, 0)
    assert after.tokens > 30
    assert after.tokens_per_second > 0
    assert after.audio_seconds == pytest.approx(after.tokens / 25)
    assert sum(after.first_audio.counts) == 3
    assert len(after.first_audio.counts) == len(after.first_audio.bounds) + 1
    assert 0 < after.first_audio.seconds < 180


def test_an_idle_model_is_unloaded_and_comes_back(folder_of):
    with tiny_architecture(), engine_for(folder_of, idle_seconds=0.3) as engine:
        prompt = engine.clone(speech(), OUTPUT_RATE, progress=nothing)
        before = say(engine, prompt, SHORT)
        until = time.monotonic() + 60
        while engine.status.loaded and time.monotonic() < until:
            time.sleep(0.02)
        status = engine.status
        assert (status.loaded, status.slots) == (False, 0)
        after = say(engine, prompt, SHORT)
        assert engine.status.loads > status.loads
    assert [chunk.samples.tolist() for chunk in before] == [
        chunk.samples.tolist() for chunk in after
    ]


def test_draining_lets_a_text_be_spoken_to_its_end_and_begins_no_other(folder_of):
    """Piece by piece: pieces that had not been handed in yet belong to what has begun."""
    with engine_for(folder_of, slots=1, ahead=1) as engine:
        prompt = engine.clone(speech(), OUTPUT_RATE, progress=nothing)
        chunks = engine.synthesize(LONG, prompt, SynthesisParams(seed=1), progress=nothing)
        heard = [next(chunks)]
        refused = []

        def come_too_late():
            try:
                say(engine, prompt, SHORT)
            except EngineError as error:
                refused.append(error)

        waiting = threading.Thread(target=come_too_late)
        engine.begin_to_drain()
        waiting.start()
        waiting.join(60)
        assert not engine.drain(0.01)
        heard.extend(chunks)
        assert engine.drain(60)
        assert [(error.code, error.retryable) for error in refused] == [(STOPPING, True)]
        with pytest.raises(EngineError, match="shutting down"):
            engine.clone(speech(), OUTPUT_RATE, progress=nothing)
    assert sum(chunk.text_bytes for chunk in heard) == len(LONG.encode())
